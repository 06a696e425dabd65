import { createRequire } from 'node:module'
import { XMLValidator } from 'fast-xml-parser'
import { expect } from 'vitest'
import type { VerifyingKey } from '../src/adapters/adapter.js'
import { verifyReceipt } from '../src/audit/receipts.js'
import { isVerdictCode, verdictTable } from '../src/canonical/verdict.js'
import type { TrustMaterial } from '../src/cli/demo/trust-material.js'
import { nobleEngine } from '../src/crypto/engine-noble.js'
import { verifyingKey } from '../src/crypto/sm2-keys.js'
import { contentDigest } from './canonical-asker.js'
import { secretsOf } from './gateway-bed.js'
import { person } from './issuer-replies.js'
import type { RawReply } from './raw-http.js'

/** In what form an answer comes: a dialect's, or the plain one for somebody whose dialect nobody could know. */
export type AnswerForm = 'canonical' | 'head-data-sm2' | 'gjzwfwpt' | 'tax-gt3' | 'plain'

/** What an asker reads in an answer. */
export interface ReadAnswer {
  /** Error code, verdict code, or OK. */
  readonly code: string
  /** An answer to a verification, which carries a receipt. */
  readonly isVerdict: boolean
  /** VALID, INVALID or UNDETERMINED, where the form has a place for it. */
  readonly verdict: string | null
  /** Name of the field concerned, of an error; the reason of the part `status`, of a verdict. */
  readonly about: string | null
  readonly tried: readonly string[]
  /** All that can be read, opened where it was sealed. */
  readonly text: string
  readonly receipt: unknown
}

const { sm2 } = createRequire(import.meta.url)('sm-crypto') as {
  sm2: { doDecrypt(sealed: string, privateKey: string, cipherMode: number): string }
}

const codeOfResult: Readonly<Record<string, string>> = { '0': 'VALID' }

/** Reads an answer as its asker would. @throws Error when it is not in the asker's form */
export function readAnswer(form: AnswerForm, { body, headers }: RawReply, trust: TrustMaterial): ReadAnswer {
  const text = body.toString('utf8')
  const header = headers['hutong-receipt']
  const receipt: unknown = header === undefined ? null : JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
  switch (form) {
    case 'canonical':
    case 'plain':
      return readCanonical(text)
    case 'gjzwfwpt':
      return { ...readNational(text), receipt }
    case 'head-data-sm2':
      return { ...readHeadData(text, secretsOf(trust, 'fujian').privateKey), receipt }
    case 'tax-gt3':
      return { ...readTax(text), receipt }
  }
}

function readCanonical(text: string): ReadAnswer {
  const body = JSON.parse(text) as {
    error?: { code: string; subject?: string; tried?: readonly string[] }
    code?: string
    verdict?: string
    parts?: { status: { reason: string | null } }
    receipt?: unknown
  }
  const { error, code = 'OK', verdict = null, parts, receipt = null } = body
  if (error !== undefined) {
    const { subject: about = null, tried = [] } = error
    return { code: error.code, isVerdict: false, verdict, about, tried, text, receipt }
  }
  return {
    code,
    isVerdict: parts !== undefined,
    verdict,
    about: parts?.status.reason ?? null,
    tried: [],
    text,
    receipt,
  }
}

function readNational(text: string): Omit<ReadAnswer, 'receipt'> {
  const { code, message, data } = JSON.parse(text) as {
    code: number
    message: string
    data: { result?: string } | null
  }
  return readMarked(message, code === 200 ? (data?.result ?? '') : null, text)
}

function readHeadData(text: string, privateKey: string): Omit<ReadAnswer, 'receipt'> {
  const { head, data } = JSON.parse(text) as { head: { status: number; message: string }; data: unknown }
  if (head.status !== 0) return readMarked(head.message, null, text)
  // sm-crypto leaves the 04 of C1 out; mode 1 is C1‖C3‖C2.
  const opened = sm2.doDecrypt(String(data).slice(2), privateKey, 1)
  const { result, message } = JSON.parse(opened) as { result: string; message: string }
  return readMarked(message, result, text + opened)
}

function readTax(text: string): Omit<ReadAnswer, 'receipt'> {
  const service = innerXml(text, 'spec:service')
  const code = /<rtn_code>(.*?)<\/rtn_code>/.exec(service)?.[1]
  if (code !== '0') return readMarked(/<Message>(.*?)<\/Message>/.exec(service)?.[1] ?? '', null, text)
  const body = innerXml(service, 'body')
  const verdict = /<hyjl>([A-Z]+)<\/hyjl>/.exec(body)?.[1] ?? null
  const judged = /<hydm>([A-Z_]+)<\/hydm>/.exec(body)?.[1] ?? 'OK'
  return { code: judged, isVerdict: verdict !== null, verdict, about: null, tried: [], text }
}

/** The document that an element holds as text, once both have been found to be XML. */
function innerXml(xml: string, element: string): string {
  const found = new RegExp(`<${element}[^>]*>([\\s\\S]*)</${element}>`).exec(xml)?.[1] ?? ''
  const inner = found.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
  for (const document of [xml, ...(inner === '' ? [] : [inner])]) {
    if (XMLValidator.validate(document) !== true) throw new Error('not XML')
  }
  return inner
}

function readMarked(message: string, result: string | null, text: string): Omit<ReadAnswer, 'receipt'> {
  const marked = /^\[([A-Z_]+)\]/.exec(message)?.[1]
  const code = marked ?? (result === null ? '?' : (codeOfResult[result] ?? `result ${result}`))
  // Verdicts that determine nothing are failures in these dialects, and all that the tests ask in them is verifications.
  const isVerdict = result !== null || (isVerdictCode(code) && verdictTable[code].group === 'un')
  const subject = /\(subject ([^)]+)\)|「([^」]+)」/.exec(message)
  return { code, isVerdict, verdict: null, about: subject?.[1] ?? subject?.[2] ?? null, tried: [], text }
}

/** What no answer may hold: traces of the program, addresses behind the gateway, and whom it is about. */
export function expectDiscreet({ headers }: RawReply, { text }: ReadAnswer, ports: readonly number[]): void {
  const { date: _, ...others } = headers
  const all = `${JSON.stringify(others)}\n${text}`
  expect(all).not.toMatch(/ {4}at |node:|\.[tj]s:|\/src\/|ECONN|127\.0\.0\.1|localhost|203\.0\.113\./)
  for (const port of ports) expect(all).not.toContain(`:${port}`)
  expect(all).not.toContain(person.name)
  expect(all).not.toContain(person.code)
}

export type GatewayKeys = ReadonlyMap<string, VerifyingKey>

/** The gateway's keys as its peers enrolled them, for another engine than its own. */
export function gatewayKeys({ gateway }: TrustMaterial): GatewayKeys {
  const { signId, sign } = gateway
  return new Map([[signId, verifyingKey(nobleEngine, signId, Buffer.from(sign, 'hex'))]])
}

/** Checks a reply's signature by spec/dialects/canonical.md 2.3, and that it answers these very bytes. */
export function expectSigned({ status, headers, body }: RawReply, sent: Buffer | string, keys: GatewayKeys): void {
  const head = Buffer.from(sent).toString('latin1').split('\r\n\r\n')[0] ?? ''
  const [method = '', target = ''] = head.split(' ')
  const asked = /^signature: hutong=(:[^:]*:)\r?$/im.exec(head)?.[1]
  const params = /^hutong=(.*)$/.exec(headers['signature-input'] ?? '')?.[1] ?? ''
  const components = ['"@status"', '"content-digest"', '"@method";req', '"@path";req']
  const bound = asked === undefined ? components : [...components, '"signature";req;key="hutong"']
  expect(params.startsWith(`(${bound.join(' ')});`)).toBe(true)
  expect(headers['content-digest']).toBe(contentDigest(body))
  const values = [String(status), headers['content-digest'], method, target.split('?')[0], asked]
  const lines = bound.map((component, nth) => `${component}: ${values[nth]}`)
  const base = [...lines, `"@signature-params": ${params}`].join('\n')
  const key = keys.get(/;keyid="([^"]*)"/.exec(params)?.[1] ?? '')
  const signature = Buffer.from(/^hutong=:(.*):$/.exec(headers['signature'] ?? '')?.[1] ?? '', 'base64')
  expect(key?.verify(Buffer.from(base), signature)).toBe(true)
}

/** Checks that an answer carries a receipt, and that the receipt is for it. */
export function expectReceipt({ receipt }: ReadAnswer, { body }: RawReply, keys: GatewayKeys): void {
  expect(verifyReceipt(receipt, keys, { answer: body })).toMatchObject({ holds: true, failures: [], answer: 'matches' })
}
