import { Pool } from 'undici'
import type { WireRequest } from '../src/adapters/adapter.js'
import { startExchangeBed } from './exchange.js'
import { type MeasuredProcess, startMeasured } from './measured-process.js'
import { benchRoutes } from './routes.js'
import { benchSteps } from './steps.js'

/** Requests a round and alternative; rounds are interleaved so that a noisy neighbour meets everybody. */
const ROUNDS = 12
const REQUESTS = 400
const CONCURRENCY = 16

interface Alternative {
  readonly name: string
  readonly target: string
  readonly process: MeasuredProcess
  requests(count: number): Promise<readonly WireRequest[]>
}

interface Sample {
  readonly cpu: number
  readonly sm2: number
  readonly operations: number
}

const plainBody = Buffer.from(JSON.stringify({ licenceId: 'x', padding: 'x'.repeat(2000) }))
const plainRequest: WireRequest = {
  method: 'POST',
  target: '/v1/verifyData',
  mount: '',
  headers: { 'content-type': 'application/json' },
  body: plainBody,
}
const plainRequests = (count: number) => Promise.resolve(Array.from({ length: count }, () => plainRequest))

const upstream = await startMeasured('upstream')
const bed = await startExchangeBed()
const hops = await Promise.all(
  (['node-hop', 'http-proxy', 'pass-through'] as const).map((name) => startMeasured(name, [upstream.url])),
)
const [nodeHop, httpProxy, passThrough] = hops as [MeasuredProcess, MeasuredProcess, MeasuredProcess]
const alternatives: readonly Alternative[] = [
  { name: 'bare node hop', target: '', process: nodeHop, requests: plainRequests },
  { name: '@fastify/http-proxy, defaults', target: '1 (the unit)', process: httpProxy, requests: plainRequests },
  { name: 'our pass-through', target: '≤ 1.2', process: passThrough, requests: plainRequests },
  {
    name: 'exchange canonical → canonical',
    target: '≤ 4 in all',
    process: bed.gateway,
    requests: (count) => bed.questions('canonical', count),
  },
  {
    name: 'exchange canonical → tax-gt3',
    target: '≤ 4 in all',
    process: bed.gateway,
    requests: (count) => bed.questions('tax-gt3', count),
  },
]

const samples = new Map<string, Sample[]>(alternatives.map(({ name }) => [name, []]))
try {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const alternative of alternatives) {
      const sample = await measure(alternative)
      // The first round is the warm-up.
      if (round > 0) samples.get(alternative.name)?.push(sample)
    }
  }
} finally {
  for (const hop of [...hops, upstream]) hop.stop()
  await bed.stop()
}

print()
console.log('\nsteps of one exchange, microseconds (best of many, one after another in one process)')
for (const { step, microseconds, sm2 } of await benchSteps()) {
  console.log(`  ${step.padEnd(44)} ${microseconds.toFixed(1).padStart(8)}${sm2 > 0 ? `   SM2 × ${sm2}` : ''}`)
}
console.log()
for (const { name, figure, target } of await benchRoutes()) console.log(`${name}: ${figure} (${target})`)

async function measure({ process: measured, requests }: Alternative): Promise<Sample> {
  const questions = await requests(REQUESTS)
  const before = await measured.usage()
  await send(measured.url, questions)
  const after = await measured.usage()
  const counted = (name: string) => (after.counters[name] ?? 0) - (before.counters[name] ?? 0)
  return {
    cpu: (after.cpu - before.cpu) / REQUESTS,
    sm2: counted('sm2') / REQUESTS,
    operations: counted('sm2Operations') / REQUESTS,
  }
}

async function send(url: string, questions: readonly WireRequest[]): Promise<void> {
  const pool = new Pool(url, { connections: CONCURRENCY, pipelining: 1 })
  let next = 0
  const worker = async () => {
    for (let wire = questions[next++]; wire !== undefined; wire = questions[next++]) {
      const { method, target, headers, body } = wire
      const reply = await pool.request({ method: method as 'POST', path: target, headers: { ...headers }, body })
      const text = await reply.body.text()
      if (reply.statusCode !== 200) throw new Error(`HTTP ${reply.statusCode}: ${text.slice(0, 300)}`)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  await pool.close()
}

function print(): void {
  const unit = samples.get('@fastify/http-proxy, defaults') ?? []
  console.log(`2 KB POST, ${ROUNDS} interleaved rounds of ${REQUESTS} requests, ${CONCURRENCY} at a time`)
  console.log(
    'CPU of the process in the middle, microseconds a request; hops = multiples of @fastify/http-proxy, medians of rounds\n',
  )
  console.log(
    `${''.padEnd(34)}${'min µs'.padStart(9)}${'med µs'.padStart(9)}${'hops'.padStart(8)}${'SM2 µs'.padStart(9)}${'ops'.padStart(6)}${'hops less SM2'.padStart(15)}   target`,
  )
  for (const { name, target } of alternatives) {
    const own = samples.get(name) ?? []
    const ratio = median(own.map(({ cpu }, round) => cpu / (unit[round]?.cpu ?? Number.NaN)))
    const rest = median(own.map(({ cpu, sm2 }, round) => (cpu - sm2) / (unit[round]?.cpu ?? Number.NaN)))
    const isExchange = own.some(({ operations }) => operations > 0)
    const row = [
      name.padEnd(34),
      Math.min(...own.map(({ cpu }) => cpu))
        .toFixed(0)
        .padStart(9),
      median(own.map(({ cpu }) => cpu))
        .toFixed(0)
        .padStart(9),
      ratio.toFixed(2).padStart(8),
      (isExchange ? median(own.map(({ sm2 }) => sm2)).toFixed(0) : '').padStart(9),
      (isExchange ? median(own.map(({ operations }) => operations)).toFixed(1) : '').padStart(6),
      (isExchange ? rest.toFixed(2) : '').padStart(15),
      `   ${isExchange ? `${target}; less SM2 ≤ 2.5` : target}`,
    ]
    console.log(row.join(''))
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
