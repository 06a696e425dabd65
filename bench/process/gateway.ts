import { startGateway } from '../../src/cli/gateway/gateway.js'
import { loadSettings } from '../../src/config/load.js'
import { nodeEngine } from '../../src/crypto/engine-node.js'
import type { Sm2Engine } from '../../src/crypto/sm2-engine.js'
import { serveMeasured } from '../measured-process.js'

/**
 * The whole gateway, with its SM2 operations counted and timed apart: both are synchronous, so wall time is CPU. With
 * `stubbed` they cost nothing and say yes, so that what is left is everything else at the rate it would then have.
 */
const [, , config = '', data = '', passphraseFile = '', sm2 = 'real'] = process.argv
const counters = { sm2: 0, sm2Operations: 0 }
count(nodeEngine, 'sign')
count(nodeEngine, 'verify')
const gateway = await startGateway({ load: () => loadSettings(config), data, passphraseFile, log: 'silent' })
// After the start: the self-test would rightly refuse a stub.
if (sm2 === 'stubbed') stub(nodeEngine)
serveMeasured(gateway.url, () => counters)

function stub(engine: Sm2Engine): void {
  const signature = new Uint8Array(64).fill(1)
  Object.defineProperty(engine, 'sign', { value: () => signature })
  Object.defineProperty(engine, 'verify', { value: () => true })
}

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
