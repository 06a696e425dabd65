import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveMeasured } from '../measured-process.js'

/** The least that a hop written with node:http can do: pipe there, pipe back, keep connections. */
const upstream = new URL(process.argv[2] ?? '')
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const server = createServer((request, response) => {
  const { method, headers } = request
  const onward = httpRequest(
    { host: upstream.hostname, port: upstream.port, path: request.url, method, headers, agent },
    (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(response)
    },
  )
  request.pipe(onward)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => serveMeasured(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
