import httpProxy from '@fastify/http-proxy'
import { fastify } from 'fastify'
import { serveMeasured } from '../measured-process.js'

/** @fastify/http-proxy with its defaults and no logger: the unit of the budgets. */
const app = fastify({ logger: false })
await app.register(httpProxy, { upstream: process.argv[2] ?? '' })
serveMeasured(await app.listen({ host: '127.0.0.1', port: 0 }))
