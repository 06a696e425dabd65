import { cpus, platform, release } from 'node:os'
import { Pool } from 'undici'
import type { WireRequest } from '../src/adapters/adapter.js'
import { type ExchangeBed, startExchangeBed } from './exchange.js'
import { type MeasuredProcess, startMeasured } from './measured-process.js'
import { benchRoutes } from './routes.js'
import { benchSteps } from './steps.js'

/** Requests a round and alternative; rounds are interleaved so that a noisy neighbour meets everybody. */
const ROUNDS = 12
/** Rounds before the measured ones: the compiler needs some thousand exchanges to settle. */
const WARM_UP = 10
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
const bed = await startExchangeBed('real')
const stubbed = await startExchangeBed('stubbed')
const hops = await Promise.all(
  (['node-hop', 'http-proxy', 'pass-through'] as const).map((name) => startMeasured(name, [upstream.url])),
)
const [nodeHop, httpProxy, passThrough] = hops as [MeasuredProcess, MeasuredProcess, MeasuredProcess]
const alternatives: readonly Alternative[] = [
  { name: 'bare node hop', target: '', process: nodeHop, requests: plainRequests },
  { name: '@fastify/http-proxy, defaults', target: '1 (the unit)', process: httpProxy, requests: plainRequests },
  { name: 'our pass-through', target: '≤ 1.2', process: passThrough, requests: plainRequests },
  exchange('canonical', bed, '≤ 4 with a faster SM2 engine'),
  exchange('tax-gt3', bed, '≤ 4 with a faster SM2 engine'),
  exchange('canonical', stubbed, '≤ 2.5'),
  exchange('tax-gt3', stubbed, '≤ 2.5'),
]

function exchange(issuer: 'canonical' | 'tax-gt3', { gateway, questions }: ExchangeBed, target: string): Alternative {
  const name = `exchange canonical → ${issuer}${gateway === stubbed.gateway ? ', no SM2' : ''}`
  return { name, target, process: gateway, requests: (count) => questions(issuer, count) }
}

const samples = new Map<string, Sample[]>(alternatives.map(({ name }) => [name, []]))
try {
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const alternative of alternatives) {
      const sample = await measure(alternative)
      if (round >= 0) samples.get(alternative.name)?.push(sample)
    }
  }
} finally {
  for (const hop of [...hops, upstream]) hop.stop()
  await bed.stop()
  await stubbed.stop()
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
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${platform()} ${release()}`,
  )
  console.log(`2 KB POST, ${ROUNDS} interleaved rounds of ${REQUESTS} requests, ${CONCURRENCY} at a time`)
  console.log('CPU of the process in the middle, microseconds a request; hops: multiples of @fastify/http-proxy\n')
  console.log(line(['', 'min µs', 'med µs', 'hops', 'SM2 µs', 'SM2 ops', 'target']))
  for (const { name, target } of alternatives) {
    const own = samples.get(name) ?? []
    const ratio = median(own.map(({ cpu }, round) => cpu / (unit[round]?.cpu ?? Number.NaN)))
    const operations = median(own.map((sample) => sample.operations))
    const cpu = own.map((sample) => sample.cpu)
    const sm2 =
      operations === 0 ? ['', ''] : [median(own.map((sample) => sample.sm2)).toFixed(0), operations.toFixed(1)]
    console.log(line([name, Math.min(...cpu).toFixed(0), median(cpu).toFixed(0), ratio.toFixed(2), ...sm2, target]))
  }
}

function line([name = '', ...cells]: readonly string[]): string {
  const target = cells.pop() ?? ''
  return `${name.padEnd(40)}${cells.map((cell) => cell.padStart(9)).join('')}   ${target}`
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
