import { createHook } from 'node:async_hooks'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { openUpstream, type Upstream } from '../../test/upstream.js'
import { EndpointError } from '../canonical/endpoint.js'
import { HubError } from '../canonical/errors.js'
import type { BreakerState } from './breaker.js'
import { openSpokeLink, type SpokeLink, type SpokeLinkOptions } from './spoke-link.js'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(...args: Parameters<typeof openUpstream>): Promise<Upstream> {
  const opened = await openUpstream(...args)
  closers.push(opened.close)
  return opened
}

const calm = { minimumCalls: 1_000, failurePercent: 50, resetMs: 60_000 }

function link(endpoint: string, options: Partial<SpokeLinkOptions> = {}): SpokeLink {
  const opened = openSpokeLink({ endpoint, deadlineMs: 20_000, concurrency: 8, queue: 64, breaker: calm, ...options })
  closers.push(opened.close)
  return opened
}

const question = {
  method: 'POST',
  target: '/v1/verifyData',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{}'),
}
const soon = () => Date.now() + 20_000
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: HubError) => error.code,
  )
const ask = (spoke: SpokeLink, deadline = soon(), signal?: AbortSignal) =>
  codeOf(spoke.send(question, deadline, signal))

describe('a reply', () => {
  test('carries status, body and allowed headers only', async () => {
    const seen: unknown[] = []
    const peer = await upstream((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        seen.push(request.method, request.url, request.headers['x-access'], Buffer.concat(chunks).toString())
        response.writeHead(418, {
          'Content-Type': 'application/json',
          Signature: 'sig1=:AA==:',
          'Set-Cookie': 'session=1',
          Server: 'inner-7/10.0.0.7',
          'X-Upstream-Addr': '10.0.0.7',
          Connection: 'keep-alive, x-hop',
          'X-Hop': '1',
        })
        response.write('{"a"')
        setImmediate(() => response.end(':1}'))
      })
    })
    const reply = await link(`${peer.url}/zzgx`).send(
      {
        method: 'POST',
        target: '/zzgx/query?x=1',
        headers: { 'x-access': 'hutong-test-access' },
        body: Buffer.from('正文'),
      },
      soon(),
    )
    expect(seen).toEqual(['POST', '/zzgx/query?x=1', 'hutong-test-access', '正文'])
    expect(reply.status).toBe(418)
    expect(Buffer.from(reply.body).toString()).toBe('{"a":1}')
    expect(Object.keys(reply.headers).sort()).toEqual(['content-type', 'date', 'signature'])
  })

  test('without a body is empty, and a redirect is handed on, not followed', async () => {
    const peer = await upstream((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    )
    const reply = await link(peer.url).send(question, soon())
    expect([reply.status, reply.body.byteLength, reply.headers['location']]).toEqual([302, 0, undefined])
  })

  test.each(['declared', 'chunked'])('over the limit is refused when its size is %s', async (how) => {
    const peer = await upstream((_request, response) => {
      if (how === 'declared') response.setHeader('content-length', 5_000)
      response.write(Buffer.alloc(2_500))
      response.end(Buffer.alloc(2_500))
    })
    expect(await ask(link(peer.url, { replyBytes: 4_999 }))).toBe('REPLY_TOO_LARGE')
    expect(await ask(link(peer.url, { replyBytes: 5_000 }))).toBe('answered')
  })

  test('cut short, in an encoding nobody asked for, or not HTTP at all is no reply', async () => {
    const short = await upstream((_request, response) => {
      response.setHeader('content-length', 100)
      response.write('abc', () => response.destroy())
    })
    expect(await ask(link(short.url))).toBe('ISSUER_UNREACHABLE')
    const packed = await upstream((_request, response) => response.setHeader('content-encoding', 'gzip').end('abc'))
    expect(await ask(link(packed.url))).toBe('REPLY_MALFORMED')
    const server = createServer((socket) => socket.once('data', () => socket.end('SSH-2.0-hutong-test\r\n')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => server.close(() => resolve())))
    const { port } = server.address() as { port: number }
    expect(await ask(link(`http://127.0.0.1:${port}`))).toBe('REPLY_MALFORMED')
  })
})

describe('a failure', () => {
  test('to connect says no address, and keeps its cause for the log', async () => {
    const peer = await upstream(() => undefined)
    const spoke = link(peer.url)
    await peer.close()
    const error = await spoke.send(question, soon()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HubError)
    expect(error).toMatchObject({ code: 'ISSUER_UNREACHABLE', cause: { code: 'ECONNREFUSED' } })
    expect((error as HubError).message).not.toMatch(/127|refused/i)
  })

  test('of our own making is INTERNAL and never opens the breaker', async () => {
    const peer = await upstream((_request, response) => response.end())
    const spoke = link(peer.url, { breaker: { ...calm, minimumCalls: 1 } })
    for (const headers of [{ 'x-name': 'a\nb' }, { host: 'other.test' }, { 'transfer-encoding': 'chunked' }]) {
      expect(await codeOf(spoke.send({ ...question, headers }, soon()))).toBe('INTERNAL')
    }
    expect([spoke.breaker(), peer.hits()]).toEqual(['closed', 0])
  })
})

describe('a deadline', () => {
  test('that has passed sends nothing', async () => {
    const peer = await upstream((_request, response) => response.end())
    const spoke = link(peer.url)
    expect(await ask(spoke, Date.now() - 1)).toBe('DEADLINE_EXCEEDED')
    expect(await ask(spoke, Number.NaN)).toBe('DEADLINE_EXCEEDED')
    expect(peer.hits()).toBe(0)
  })

  test('further away than a timer can count does not fire at once', async () => {
    const peer = await upstream((_request, response) => setTimeout(() => response.end(), 20))
    expect(await ask(link(peer.url), Number.POSITIVE_INFINITY)).toBe('answered')
  })

  test('that passes leaves no upstream request running', async () => {
    const peer = await upstream(() => undefined)
    const spoke = link(peer.url, { concurrency: 20 })
    const codes = await Promise.all(Array.from({ length: 20 }, () => ask(spoke, Date.now() + 600)))
    expect(new Set(codes)).toEqual(new Set(['ISSUER_TIMEOUT']))
    await peer.quiet()
    expect([peer.hits(), peer.running(), spoke.underWay()]).toEqual([20, 0, 0])
  })

  test('also ends a reply that trickles', async () => {
    const peer = await upstream((_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('.'), 5)
      response.once('close', () => clearInterval(drip))
    })
    expect(await ask(link(peer.url), Date.now() + 100)).toBe('ISSUER_TIMEOUT')
    await peer.quiet()
  })

  test('that passes in the queue sends nothing', async () => {
    const peer = await upstream(() => undefined)
    const spoke = link(peer.url, { concurrency: 1 })
    const caller = new AbortController()
    const first = ask(spoke, soon(), caller.signal)
    expect(await ask(spoke, Date.now() + 30)).toBe('DEADLINE_EXCEEDED')
    caller.abort()
    expect(await first).toBe('CALLER_GONE')
    expect(peer.hits()).toBeLessThanOrEqual(1)
  })
})

test('a caller who hangs up takes the upstream call along, and that is no failure of the spoke', async () => {
  const peer = await upstream(() => undefined)
  const spoke = link(peer.url, { breaker: { ...calm, minimumCalls: 2 } })
  for (let i = 0; i < 6; i++) {
    const caller = new AbortController()
    const code = ask(spoke, soon(), caller.signal)
    peer.server.once('request', () => caller.abort())
    expect(await code).toBe('CALLER_GONE')
  }
  await peer.quiet()
  expect([peer.hits(), peer.running(), spoke.breaker()]).toEqual([6, 0, 'closed'])
  expect(await ask(spoke, soon(), AbortSignal.abort())).toBe('CALLER_GONE')
  expect(peer.hits()).toBe(6)
})

describe('one spoke and another', () => {
  test('a slow one, full to the brim, does not hold up a healthy one', async () => {
    const slow = await upstream(() => undefined)
    const healthy = await upstream((_request, response) => response.end('{}'))
    const slowLink = link(slow.url, { concurrency: 2, queue: 3 })
    const healthyLink = link(healthy.url, { concurrency: 2 })
    const caller = new AbortController()
    let settled = 0
    const stuck = Array.from({ length: 5 }, () => ask(slowLink, soon(), caller.signal).finally(() => settled++))
    expect(await ask(slowLink)).toBe('ISSUER_BUSY')
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(healthyLink)))
    expect(new Set(answers)).toEqual(new Set(['answered']))
    expect([settled, slowLink.underWay(), slowLink.waiting()]).toEqual([0, 2, 3])
    caller.abort()
    expect(new Set(await Promise.all(stuck))).toEqual(new Set(['CALLER_GONE']))
  })

  test('a dead one is cut off while a healthy one answers', async () => {
    const dead = await upstream((request) => request.socket.destroy())
    const healthy = await upstream((_request, response) => response.end('{}'))
    const deadLink = link(dead.url, { breaker: { ...calm, minimumCalls: 3 } })
    const healthyLink = link(healthy.url)
    const codes: string[] = []
    for (let i = 0; i < 6; i++) codes.push(await ask(deadLink), await ask(healthyLink))
    expect(codes.filter((_code, index) => index % 2 === 1)).toEqual(Array(6).fill('answered'))
    expect(codes.filter((_code, index) => index % 2 === 0)).toEqual([
      ...Array(3).fill('ISSUER_UNREACHABLE'),
      ...Array(3).fill('ISSUER_CIRCUIT_OPEN'),
    ])
    expect(dead.hits()).toBe(3)
  })
})

describe('the breaker', () => {
  /** Records the states, and lets a test wait for one. */
  function watcher() {
    const states: BreakerState[] = []
    const waiters: { state: BreakerState; resolve(): void }[] = []
    return {
      states,
      onBreaker(state: BreakerState) {
        states.push(state)
        for (const waiter of waiters.splice(0)) waiter.state === state ? waiter.resolve() : waiters.push(waiter)
      },
      reach: (state: BreakerState) => new Promise<void>((resolve) => waiters.push({ state, resolve })),
    }
  }

  test('opens after repeated failures, probes, stays open while the probe fails, and recovers', async () => {
    let sick = true
    const peer = await upstream((request, response) => (sick ? request.socket.destroy() : response.end('{}')))
    const watch = watcher()
    const spoke = link(peer.url, {
      breaker: { minimumCalls: 4, failurePercent: 50, resetMs: 250 },
      onBreaker: watch.onBreaker,
    })
    const probing = watch.reach('half-open')
    for (let i = 0; i < 4; i++) expect(await ask(spoke)).toBe('ISSUER_UNREACHABLE')
    const refused = await spoke.send(question, soon()).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'ISSUER_CIRCUIT_OPEN', retryAfter: 1 })
    expect(peer.hits()).toBe(4)

    await probing
    const probingAgain = watch.reach('half-open')
    expect(await ask(spoke)).toBe('ISSUER_UNREACHABLE')
    expect(watch.states).toEqual(['open', 'half-open', 'open'])

    await probingAgain
    sick = false
    const [probe, beside] = await Promise.all([ask(spoke), ask(spoke)])
    expect([probe, beside]).toEqual(['answered', 'ISSUER_CIRCUIT_OPEN'])
    expect(watch.states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
    expect(await ask(spoke)).toBe('answered')
  })

  test('is not opened by healthy calls, however many wait or are turned away', async () => {
    const peer = await upstream((_request, response) => setImmediate(() => response.end('{}')))
    const watch = watcher()
    const spoke = link(peer.url, {
      concurrency: 2,
      queue: 20,
      breaker: { minimumCalls: 1, failurePercent: 1, resetMs: 60_000 },
      onBreaker: watch.onBreaker,
    })
    const codes = await Promise.all(Array.from({ length: 60 }, () => ask(spoke)))
    expect(codes.filter((code) => code === 'answered')).toHaveLength(22)
    expect(codes.filter((code) => code === 'ISSUER_BUSY')).toHaveLength(38)
    expect(watch.states).toEqual([])
  })

  test('counts a spoke that lets patient callers wait, and ignores callers in a hurry', async () => {
    const peer = await upstream(() => undefined)
    const spoke = link(peer.url, { deadlineMs: 200, breaker: { ...calm, minimumCalls: 2 } })
    for (let i = 0; i < 8; i++) expect(await ask(spoke, Date.now() + 5)).toMatch(/ISSUER_TIMEOUT|DEADLINE_EXCEEDED/)
    expect(spoke.breaker()).toBe('closed')
    const patient = link(peer.url, { deadlineMs: 200, breaker: { ...calm, minimumCalls: 2 } })
    for (let i = 0; i < 2; i++) expect(await ask(patient, Date.now() + 200)).toBe('ISSUER_TIMEOUT')
    expect(patient.breaker()).toBe('open')
  })

  test.each([
    [503, {}, 'open'],
    [502, {}, 'open'],
    [504, {}, 'open'],
    [503, { signature: 'sig1=:AA==:' }, 'closed'],
    [500, {}, 'closed'],
    [429, {}, 'closed'],
    [404, {}, 'closed'],
  ] as const)('status %i with %o leaves it %s, and the reply is handed on', async (status, headers, state) => {
    const peer = await upstream((_request, response) => response.writeHead(status, headers).end('why'))
    const spoke = link(peer.url, { breaker: { ...calm, minimumCalls: 3 } })
    for (let i = 0; i < 3; i++) {
      const reply = await spoke.send(question, soon())
      expect([reply.status, Buffer.from(reply.body).toString()]).toEqual([status, 'why'])
    }
    expect(spoke.breaker()).toBe(state)
  })

  test('lets a probe finish whose caller hung up, and trusts no probe to a caller in a hurry', async () => {
    let answer: (() => void) | undefined
    let sick = true
    const peer = await upstream((request, response) => {
      if (sick) request.socket.destroy()
      else answer = () => response.end('{}')
    })
    const watch = watcher()
    const spoke = link(peer.url, {
      breaker: { minimumCalls: 2, failurePercent: 50, resetMs: 250 },
      onBreaker: watch.onBreaker,
    })
    const probing = watch.reach('half-open')
    for (let i = 0; i < 2; i++) await ask(spoke)
    await probing
    sick = false
    expect(await ask(spoke, Date.now() + 300)).toBe('ISSUER_CIRCUIT_OPEN')
    const healed = watch.reach('closed')
    const caller = new AbortController()
    const probe = ask(spoke, soon(), caller.signal)
    await new Promise((resolve) => peer.server.once('request', resolve))
    caller.abort()
    expect([await probe, spoke.underWay()]).toEqual(['CALLER_GONE', 1])
    answer?.()
    await healed
    expect(spoke.breaker()).toBe('closed')
  })
})

test('a request is never sent twice: a peer that burned its nonce would call the second one a replay', async () => {
  const served = new WeakMap<object, number>()
  const peer = await upstream((request, response) => {
    const before = served.get(request.socket) ?? 0
    served.set(request.socket, before + 1)
    if (before > 0) request.socket.destroy()
    else response.end('{}')
  })
  const spoke = link(peer.url, { concurrency: 1 })
  expect(await ask(spoke)).toBe('answered')
  expect(await ask(spoke)).toBe('ISSUER_UNREACHABLE')
  expect(peer.hits()).toBe(2)
  expect(await ask(spoke)).toBe('answered')
})

describe('closing', () => {
  test('waits for calls under way and refuses new ones', async () => {
    const replies: (() => void)[] = []
    const peer = await upstream((_request, response) => replies.push(() => response.end('{}')))
    const spoke = link(peer.url, { concurrency: 1 })
    const arrived = new Promise((resolve) => peer.server.once('request', resolve))
    const [first, second] = [ask(spoke), ask(spoke)]
    await arrived
    const closed = spoke.close()
    expect(spoke.close()).toBe(closed)
    expect(await ask(spoke)).toBe('DRAINING')
    const next = new Promise((resolve) => peer.server.once('request', resolve))
    replies.shift()?.()
    await next
    replies.shift()?.()
    expect([await first, await second]).toEqual(['answered', 'answered'])
    await closed
  })

  test('a thousand links leave no timer and no connection behind', async () => {
    const peer = await upstream((_request, response) => response.end('{}'))
    const options = { endpoint: peer.url, deadlineMs: 5_000, concurrency: 4, queue: 4, breaker: calm }
    const openConnections = () =>
      new Promise<number>((resolve) => peer.server.getConnections((_error, count) => resolve(count)))
    const cycle = async (calls: number) => {
      const spoke = openSpokeLink(options)
      for (let i = 0; i < calls; i++) await spoke.send(question, soon())
      await spoke.close()
    }
    const timers = new Map<number, string>()
    const hook = createHook({
      init: (id, type) => {
        if (type === 'Timeout') timers.set(id, new Error('created here').stack ?? '')
      },
      destroy: (id) => timers.delete(id),
    }).enable()
    try {
      for (let i = 0; i < 1_000; i++) await cycle(i % 20 === 0 ? 2 : 0)
      // The peer hears of a closed connection a few turns later; an idle one would stay for seconds.
      for (let turn = 0; turn < 1_000 && (await openConnections()) > 0; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(await openConnections()).toBe(0)
    } finally {
      hook.disable()
    }
    // Node caches the date and undici keeps one clock, for the whole process: those are not a link's.
    const ours = [...timers.values()].filter((stack) =>
      stack.split('\n').some((line) => /src\/spokes\/[a-z-]+\.ts|opossum/.test(line)),
    )
    expect(ours.filter((stack) => !stack.includes('undici'))).toEqual([])
  })
})

test.each([
  ['http://issuer.test/', {}],
  ['https://issuer.test/?a', {}],
  ['https://issuer.test/', { ca: 'not PEM' }],
  ['https://issuer.test/', { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }],
  ['https://issuer.test/', { certificate: 'not PEM', key: 'not PEM' }],
  ['https://issuer.test/', { key: 'hutong-test-key' }],
])('%s with %o cannot be opened', (endpoint, tls) => {
  expect(() => openSpokeLink({ endpoint, tls, deadlineMs: 1, concurrency: 1, queue: 1, breaker: calm })).toThrow(
    EndpointError,
  )
})
