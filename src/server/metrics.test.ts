import { afterEach, expect, test } from 'vitest'
import { createMetrics, type LinkReading, type MetricSources, type Metrics } from './metrics.js'

const opened: Metrics[] = []
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close()
})

function metricsWith(sources: Partial<MetricSources> = {}): Metrics {
  const metrics = createMetrics({
    inFlight: () => 0,
    auditSize: () => 0,
    configVersion: () => '0123456789abcdef',
    links: () => [],
    ...sources,
  })
  opened.push(metrics)
  return metrics
}

const linesOf = async (metrics: Metrics, name: string) =>
  (await metrics.scrape()).text.split('\n').filter((line) => line.startsWith(name))

const ended = { caller: 'guangdong', operation: 'verifyData', code: 'VALID', ms: 12 } as const

test('counts exchanges by spoke, operation and code, and times them by spoke and operation', async () => {
  const metrics = metricsWith()
  metrics.ended(ended)
  metrics.ended({ ...ended, ms: 300 })
  metrics.ended({ ...ended, code: 'ISSUER_TIMEOUT', ms: 5_000 })
  metrics.ended({ ...ended, operation: 'getData', code: 'OK' })
  metrics.ended({ caller: null, operation: null, code: 'REQUEST_INVALID', ms: 1 })
  expect(await linesOf(metrics, 'hutong_requests_total')).toEqual([
    'hutong_requests_total{spoke="guangdong",operation="verifyData",code="VALID"} 2',
    'hutong_requests_total{spoke="guangdong",operation="verifyData",code="ISSUER_TIMEOUT"} 1',
    'hutong_requests_total{spoke="guangdong",operation="getData",code="OK"} 1',
    'hutong_requests_total{spoke="unknown",operation="unread",code="REQUEST_INVALID"} 1',
  ])
  const timed = 'hutong_exchange_duration_seconds'
  const ofVerify = (await linesOf(metrics, timed)).filter((line) => line.includes('verifyData'))
  expect(ofVerify).toContain(`${timed}_bucket{le="0.025",spoke="guangdong",operation="verifyData"} 1`)
  expect(ofVerify).toContain(`${timed}_bucket{le="0.5",spoke="guangdong",operation="verifyData"} 2`)
  expect(ofVerify).toContain(`${timed}_count{spoke="guangdong",operation="verifyData"} 3`)
})

test('reads states when it is scraped, and forgets a spoke that is gone', async () => {
  let links: LinkReading[] = [
    { spoke: 'hunan', breaker: 'closed', underWay: 3, waiting: 0 },
    { spoke: 'tax', breaker: 'open', underWay: 0, waiting: 0 },
    { spoke: 'national', breaker: 'half-open', underWay: 1, waiting: 7 },
  ]
  let version = 'aaaa'
  const metrics = metricsWith({
    links: () => links,
    configVersion: () => version,
    inFlight: () => 4,
    auditSize: () => 99,
  })
  expect(await linesOf(metrics, 'hutong_breaker_state')).toEqual([
    'hutong_breaker_state{spoke="hunan"} 0',
    'hutong_breaker_state{spoke="tax"} 2',
    'hutong_breaker_state{spoke="national"} 1',
  ])
  expect(await linesOf(metrics, 'hutong_link_queue')).toContain('hutong_link_queue{spoke="national"} 7')
  expect(await linesOf(metrics, 'hutong_link_calls')).toContain('hutong_link_calls{spoke="hunan"} 3')
  expect(await linesOf(metrics, 'hutong_requests_in_flight')).toEqual(['hutong_requests_in_flight 4'])
  expect(await linesOf(metrics, 'hutong_audit_records')).toEqual(['hutong_audit_records 99'])
  links = links.slice(0, 1)
  version = 'bbbb'
  expect(await linesOf(metrics, 'hutong_breaker_state')).toEqual(['hutong_breaker_state{spoke="hunan"} 0'])
  expect(await linesOf(metrics, 'hutong_config_info')).toEqual(['hutong_config_info{version="bbbb"} 1'])
})

test('tells of the process, in a format that Prometheus reads', async () => {
  const { contentType, text } = await metricsWith().scrape()
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) {
    expect(Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])).toBeGreaterThan(0)
  }
  expect(text).toContain(`nodejs_version_info{version="${process.version}"} 1`)
})

test('many may be made and closed, each with a registry of its own', async () => {
  for (let i = 0; i < 50; i++) metricsWith().close()
  const [first, second] = [metricsWith(), metricsWith()]
  first.ended(ended)
  expect(await linesOf(second, 'hutong_requests_total')).toEqual([])
})
