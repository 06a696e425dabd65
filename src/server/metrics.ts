import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditEntry } from '../canonical/audit-record.js'
import { collectProcessMetrics } from './process-metrics.js'

/** What is read at each scrape, rather than told at each change. */
export interface MetricSources {
  /** Requests that have begun and are not answered. */
  inFlight(): number
  /** Records in the audit log. */
  auditSize(): number
  configVersion(): string
  /** Every spoke we may ask, as it stands now. */
  links(): Iterable<LinkReading>
}

export interface LinkReading {
  readonly spoke: string
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly underWay: number
  readonly waiting: number
}

/** Labels are names from configuration and codes of closed lists: no identifier, no address, nothing of a message. */
export interface Metrics {
  /** Counts a finished exchange by asking spoke, operation and outcome code, and its duration. */
  ended(entry: Pick<AuditEntry, 'caller' | 'operation' | 'code' | 'ms'>): void
  /** The whole registry in Prometheus' text format. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>
  /** Stops what runs in the background. */
  close(): void
}

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const BREAKER_VALUE = { closed: 0, 'half-open': 1, open: 2 } as const

interface Meter {
  readonly codes: Map<string, Counter.Internal>
  readonly duration: Histogram.Internal<string>
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'hutong_requests_total',
    help: 'Exchanges by asking spoke, operation and outcome: a verdict code, an error code, or OK.',
    labelNames: ['spoke', 'operation', 'code'],
    registers,
  })
  const duration = new Histogram({
    name: 'hutong_exchange_duration_seconds',
    help: 'From the first byte read to the audit record, in seconds.',
    labelNames: ['spoke', 'operation'],
    buckets: SECONDS,
    registers,
  })
  readings(registry, sources)
  const stopProcess = collectProcessMetrics(registry)
  // Two maps rather than one with a joined key: a request makes no string for them.
  const meters = new Map<string, Map<string, Meter>>()

  return {
    ended({ caller, operation, code, ms }) {
      const { codes, duration } = meterOf(caller ?? 'unknown', operation ?? 'unread')
      const counter = codes.get(code) ?? bindCode(codes, caller ?? 'unknown', operation ?? 'unread', code)
      counter.inc()
      duration.observe(ms / 1000)
    },
    async scrape() {
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    close() {
      stopProcess()
      registry.clear()
    },
  }

  function meterOf(spoke: string, operation: string): Meter {
    const ofSpoke = meters.get(spoke) ?? new Map<string, Meter>()
    meters.set(spoke, ofSpoke)
    let meter = ofSpoke.get(operation)
    if (meter === undefined) {
      meter = { codes: new Map(), duration: duration.labels(spoke, operation) }
      ofSpoke.set(operation, meter)
    }
    return meter
  }

  function bindCode(codes: Meter['codes'], spoke: string, operation: string, code: string): Counter.Internal {
    const counter = requests.labels(spoke, operation, code)
    codes.set(code, counter)
    return counter
  }
}

function readings(registry: Registry, sources: MetricSources): void {
  const registers = [registry]
  new Gauge({
    name: 'hutong_requests_in_flight',
    help: 'Requests that have begun and are not answered.',
    registers,
    collect() {
      this.set(sources.inFlight())
    },
  })
  new Gauge({
    name: 'hutong_audit_records',
    help: 'Records in the audit log.',
    registers,
    collect() {
      this.set(sources.auditSize())
    },
  })
  new Gauge({
    name: 'hutong_config_info',
    help: 'Version of the configuration in force.',
    labelNames: ['version'],
    registers,
    collect() {
      this.reset()
      this.labels(sources.configVersion()).set(1)
    },
  })
  // A spoke that a reload removed must not be reported for ever, so each scrape starts afresh.
  const linkGauge = (name: string, help: string, read: (link: LinkReading) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['spoke'],
      registers,
      collect() {
        this.reset()
        for (const link of sources.links()) this.labels(link.spoke).set(read(link))
      },
    })
  linkGauge('hutong_breaker_state', '0 closed, 1 half-open, 2 open.', ({ breaker }) => BREAKER_VALUE[breaker])
  linkGauge('hutong_link_calls', 'Calls under way to the spoke.', ({ underWay }) => underWay)
  linkGauge('hutong_link_queue', 'Calls that wait for a turn.', ({ waiting }) => waiting)
}
