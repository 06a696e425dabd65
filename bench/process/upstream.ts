import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveMeasured } from '../measured-process.js'

/** Reads a request's body and answers with 2 KB of JSON: the far side of every hop. */
const answer = Buffer.from(JSON.stringify({ code: 200, data: 'x'.repeat(2000) }))
const server = createServer((request, response) => {
  request.resume()
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
    response.end(answer)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => serveMeasured(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
