import { withDeadline } from './deadline.js'
import { nobleEngine } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { crossTest, failures, passed, type SelfTestReport, selfTest } from './engine-self-test.js'
import type { EngineName, Sm2Engine } from './sm2-engine.js'

/** An engine that may be used if it loads and passes. `load` may throw: a build without SM2, no WebAssembly. */
export interface EngineCandidate {
  readonly name: EngineName
  load(): Sm2Engine | Promise<Sm2Engine>
}

export interface RefusedEngine {
  readonly name: EngineName
  /** What failed, for the log and for `doctor`. */
  readonly reason: string
}

export interface ChosenEngine {
  readonly engine: Sm2Engine
  /** The engine that it was compared with; null when no other one passed its self-test. */
  readonly judge: EngineName | null
  readonly reports: readonly SelfTestReport[]
  readonly refused: readonly RefusedEngine[]
}

/** No engine may be used, so the program must not start. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError'
  readonly refused: readonly RefusedEngine[]

  constructor(refused: readonly RefusedEngine[]) {
    const reasons = refused.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    super(`没有 SM2 引擎通过自检，拒绝启动 / no SM2 engine passed its self-test, refusing to start: ${reasons}`)
    this.refused = refused
  }
}

const LOAD_DEADLINE_MS = 10_000

/** Fastest first. */
export const engineCandidates: readonly EngineCandidate[] = [
  { name: 'node', load: () => nodeEngine },
  { name: 'noble', load: () => nobleEngine },
]

/**
 * The first candidate that passes its self-test and agrees with the next one that passes. An engine without a second
 * opinion is used, and `judge` says so.
 *
 * @throws NoEngineError when none passes
 */
export async function chooseEngine(candidates: readonly EngineCandidate[] = engineCandidates): Promise<ChosenEngine> {
  const reports: SelfTestReport[] = []
  const refused: RefusedEngine[] = []
  const examined = new Map<EngineCandidate, Sm2Engine | null>()
  const refuse = (name: EngineName, reason: string) => refused.push({ name, reason })

  // A candidate that serves as judge is examined before its turn, and once.
  const examine = async (candidate: EngineCandidate): Promise<Sm2Engine | null> => {
    const before = examined.get(candidate)
    if (before !== undefined) return before
    const engine = await loadAndTest(candidate, reports, refuse)
    examined.set(candidate, engine)
    return engine
  }

  for (const [index, candidate] of candidates.entries()) {
    const engine = await examine(candidate)
    if (engine === null) continue
    let judge: Sm2Engine | null = null
    for (const next of candidates.slice(index + 1)) {
      judge = await examine(next)
      if (judge !== null) break
    }
    if (judge === null) return { engine, judge: null, reports, refused }
    const comparison = await crossTest(engine, judge)
    reports.push(comparison)
    if (passed(comparison)) return { engine, judge: judge.name, reports, refused }
    refuse(candidate.name, `disagrees with ${judge.name}: ${failures(comparison).join(', ')}`)
  }
  throw new NoEngineError(refused)
}

async function loadAndTest(
  candidate: EngineCandidate,
  reports: SelfTestReport[],
  refuse: (name: EngineName, reason: string) => void,
): Promise<Sm2Engine | null> {
  let engine: Sm2Engine
  try {
    engine = await withDeadline(candidate.load(), LOAD_DEADLINE_MS)
  } catch (thrown) {
    refuse(candidate.name, `does not load: ${thrown instanceof Error ? thrown.message : 'unknown'}`)
    return null
  }
  const report = await selfTest(engine)
  reports.push(report)
  if (passed(report)) return engine
  refuse(candidate.name, `failed: ${failures(report).join(', ')}`)
  return null
}
