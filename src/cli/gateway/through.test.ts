import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openWorld, secretsOf } from '../../../test/gateway-bed.js'
import { openUpstream } from '../../../test/upstream.js'
import { HubError } from '../../canonical/errors.js'
import { loadSettings } from '../../config/load.js'
import { chooseEngine } from '../../crypto/choose-engine.js'
import { contextMaker } from './signer-context.js'
import { openThrough } from './through.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test.each(['passed', 'refused'] as const)(
  'a message that cannot be recorded as %s is not answered',
  async (outcome) => {
    const upstream = await openUpstream((_request, response) => {
      if (outcome === 'refused') response.destroy()
      else response.writeHead(200, { 'content-type': 'text/xml', etag: '"licence"' }).end('<licence/>')
    })
    closers.push(upstream.close)
    const world = await openWorld()
    closers.push(world.close)
    await world.edit('spokes/tax.yaml', ({ ask }) => Object.assign(ask as object, { endpoint: upstream.url }))
    await world.edit('gateway.yaml', (value) => {
      value['passThrough'] = [{ from: 'shenzhen-tax', to: 'tax' }]
    })
    const settings = loadSettings(world.config)
    const { engine } = await chooseEngine()
    const nothing = {
      signing: null as never,
      verifying: new Map(),
      opening: null as never,
      hash: new Uint8Array(),
      published: [],
    }
    const contexts = new Map(
      settings.spokes.map((spoke) => [spoke.name, contextMaker(spoke, nothing, engine, Date.now)]),
    )
    const full = () => Promise.reject(new HubError('AUDIT_UNAVAILABLE'))
    const through = openThrough(settings, {
      contexts,
      begin: () => ({ routed: () => {}, passed: full, refused: full }),
    })
    const server = createServer((request, response) => through?.handle(request, response))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    closers.push(async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await through?.close()
    })

    const { port } = server.address() as AddressInfo
    const reply = await fetch(`http://127.0.0.1:${port}/through/shenzhen-tax/tax/x`, {
      method: 'POST',
      headers: { 'hutong-spoke-secret': secretsOf(world.trust, 'shenzhen-tax').token },
      body: '<question/>',
    })
    expect(upstream.hits()).toBe(1)
    expect([reply.status, reply.headers.get('etag'), reply.headers.get('content-type')]).toEqual([
      503,
      null,
      'application/json; charset=utf-8',
    ])
    expect(await reply.json()).toMatchObject({ error: { code: 'AUDIT_UNAVAILABLE' } })
  },
)
