import { fastify } from 'fastify'
import { passThrough } from '../../src/server/pass-through.js'
import { serveMeasured } from '../measured-process.js'

/** The same hop through our factory: certificates verified, headers listed, bodies bounded, deadlines kept. */
const app = fastify({ logger: false })
await app.register(passThrough({ upstream: process.argv[2] ?? '', deadlineMs: 8000, bodyBytes: 1_048_576 }))
serveMeasured(await app.listen({ host: '127.0.0.1', port: 0 }))
