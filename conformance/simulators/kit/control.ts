import { at, parseJson } from './json.js'
import { type Destination, post } from './post.js'
import { questionOf } from './question.js'
import { type Listening, serve } from './serve.js'
import { type Asker, type Fault, faults, type Question, type Received, type Sent } from './system.js'

/** Faults that need no help of the dialect. */
const transportFaults: readonly Fault[] = ['slow', 'reset', 'garbage', 'truncated', 'wrong-charset']

/** What an issuing system is told to do from now on. */
export interface Orders {
  fault: Fault | null
  /** How long `slow` waits, in milliseconds. */
  ms: number
  requests: number
}

export interface ControlParts {
  readonly port: number
  readonly orders: Orders
  /** Faults that the issuing system's dialect has room for; null when the program plays none. */
  readonly issuerFaults: readonly Fault[] | null
  readonly asker: { readonly node: string; readonly side: Asker; readonly hub: Destination } | null
  complain(text: string): void
}

/** Serves the control interface on loopback: `POST /ask`, `POST /fault`, `GET /requests`. */
export function serveControl(parts: ControlParts): Promise<Listening> {
  const { port, orders, complain } = parts
  const handle = async (request: Received): Promise<Sent> => {
    const call = `${request.method} ${request.target}`
    if (call === 'GET /requests') return json(200, { requests: orders.requests })
    // A web page cannot send this content type across origins without asking first, which nothing here answers.
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      return refusal(415, 'send application/json')
    const body = parseJson(request.body)
    if (body === undefined) return refusal(400, 'the body is no JSON')
    if (call === 'POST /fault') return setFault(parts, body)
    if (call === 'POST /ask') return askHub(parts, body)
    return refusal(404, 'POST /ask, POST /fault or GET /requests')
  }
  return serve({ host: '127.0.0.1', port }, handle, complain)
}

function setFault({ orders, issuerFaults }: ControlParts, body: unknown): Sent {
  if (issuerFaults === null) return refusal(409, 'no issuing system is configured')
  const wanted = at(body, 'fault') ?? null
  const fault = faults.find((each) => each === wanted) ?? null
  if (wanted !== null && fault === null) return refusal(400, `fault must be null or one of ${faults.join(', ')}`)
  if (fault !== null && !transportFaults.includes(fault) && !issuerFaults.includes(fault)) {
    return refusal(422, `this dialect has no room for ${fault}`)
  }
  const ms = at(body, 'ms') ?? 5000
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= 600_000)) return refusal(400, 'ms must be 0 to 600000')
  orders.fault = fault
  orders.ms = ms
  return json(200, { fault, ms })
}

async function askHub({ asker }: ControlParts, body: unknown): Promise<Sent> {
  if (asker === null) return refusal(409, 'no asking system is configured')
  let question: Question
  try {
    question = questionOf(body, asker.node)
  } catch (thrown) {
    return refusal(400, thrown instanceof Error ? thrown.message : 'the question cannot be read')
  }
  if (question.tamper !== null && !asker.side.tampers.includes(question.tamper)) {
    return refusal(422, `this dialect has no room for ${question.tamper}`)
  }
  return json(200, await ask(asker.side, asker.hub, question))
}

/** What came of a question. */
export interface Outcome {
  /** HTTP status; 0 when no reply came. */
  readonly status: number
  readonly native: unknown
  readonly code: string | null
  readonly receipt: unknown
  readonly signatureValid?: boolean
  readonly ms: number
}

/** Asks the hub one question. A reply that never comes is the outcome NO_ANSWER with status 0. */
export async function ask(side: Asker, hub: Destination, question: Question): Promise<Outcome> {
  const prepared = side.prepare(question)
  let began = performance.now()
  let reply: Sent
  try {
    if (question.tamper === 'replay') {
      // The same bytes twice: the second answer is what a replay earns.
      await post(hub, prepared)
      began = performance.now()
    }
    reply = await post(hub, prepared)
  } catch {
    return { status: 0, native: null, code: 'NO_ANSWER', receipt: null, ms: performance.now() - began }
  }
  const ms = performance.now() - began
  return { status: reply.status, ...side.read(reply, { question, prepared }), ms }
}

function refusal(status: number, error: string): Sent {
  return json(status, { error })
}

function json(status: number, value: unknown): Sent {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(value)),
  }
}
