import { startGateway } from '../../src/cli/gateway/gateway.js'
import { loadSettings } from '../../src/config/load.js'
import { nodeEngine } from '../../src/crypto/engine-node.js'
import type { Sm2Engine } from '../../src/crypto/sm2-engine.js'
import { serveMeasured } from '../measured-process.js'

/** The whole gateway, with its SM2 operations counted and timed apart: both are synchronous, so wall time is CPU. */
const [, , config = '', data = '', passphraseFile = ''] = process.argv
const counters = { sm2: 0, sm2Operations: 0 }
count(nodeEngine, 'sign')
count(nodeEngine, 'verify')
const gateway = await startGateway({ load: () => loadSettings(config), data, passphraseFile, log: 'silent' })
serveMeasured(gateway.url, () => counters)

function count(engine: Sm2Engine, name: 'sign' | 'verify'): void {
  const plain = engine[name].bind(engine) as (...args: unknown[]) => unknown
  const timed = (...args: unknown[]): unknown => {
    const began = process.hrtime.bigint()
    try {
      return plain(...args)
    } finally {
      counters.sm2 += Number(process.hrtime.bigint() - began) / 1000
      counters.sm2Operations++
    }
  }
  Object.defineProperty(engine, name, { value: timed })
}
