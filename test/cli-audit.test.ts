import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureOf } from '../src/cli/failure.js'
import { startGateway } from '../src/cli/gateway/gateway.js'
import { loadSettings } from '../src/config/load.js'
import { CJK, documentOf, hutong } from './cli-run.js'
import { type GatewayBed, issues, startBed } from './gateway-bed.js'
import { licenceOf } from './test-issuer.js'

interface Kept {
  readonly code: string
  readonly receipt: {
    readonly no: string
    readonly index: number
    readonly proof: { readonly checkpoint: string; record: { trace: string } }
  }
}

let bed: GatewayBed
let folder = ''
let first: Kept
let last: Kept
const exchanges = 6

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hutong-audit-cli-'))
  bed = await startBed()
  const { type, issuer } = issues.canonical
  const kept: Kept[] = []
  for (let nth = 0; nth < exchanges; nth++) {
    const file = join(folder, `receipt-${nth}.json`)
    const conduct = nth === 0 ? 'reset' : 'valid'
    await hutong(['verify', licenceOf(type, issuer, conduct), '--hub', bed.url, '--receipt', file])
    kept.push(JSON.parse(readFileSync(file, 'utf8')) as Kept)
  }
  writeFileSync(join(folder, 'keys.json'), await (await fetch(`${bed.url}/v1/keys`)).text())
  ;[first, last] = [kept[0], kept.at(-1)] as [Kept, Kept]
})
afterAll(async () => {
  await bed.close()
  rmSync(folder, { recursive: true })
})

const verify = (data: string, ...argv: string[]) =>
  hutong(['audit', 'verify', '--data', data, '--config', bed.config, ...argv])

/** A copy of the data folder, to be harmed. */
function copyData(name: string): { data: string; records: string } {
  const data = join(folder, name)
  cpSync(bed.data, data, { recursive: true })
  const segment = readdirSync(join(data, 'audit')).find((each) => each.startsWith('records-')) ?? ''
  return { data, records: join(data, 'audit', segment) }
}

describe('while the gateway runs', () => {
  test('the log holds with --live', async () => {
    const ran = await verify(bed.data, '--live')
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(/^✔ the log holds: records 6, /)
    expect((await verify(bed.data, '--live', '--lang', 'zh')).out).toMatch(/^✔ 日志完整：6 条记录/)
  })
})

describe('after it was stopped', () => {
  beforeAll(() => bed.gateway.close())

  test('the whole log holds, by the configuration’s keys and by those that were published', async () => {
    expect(documentOf(await verify(bed.data, '--json'))).toMatchObject({ holds: true, size: exchanges, failure: null })
    const published = await hutong(['audit', 'verify', '--data', bed.data, '--hub-keys', join(folder, 'keys.json')])
    expect(published).toMatchObject({ code: 0, err: '' })
  })

  test('the last records are printed, one a line, or as one document', async () => {
    const show = (...argv: string[]) => hutong(['audit', 'show', '--data', bed.data, ...argv])
    const lines = (await show('--last', '2')).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number })
    expect(lines.map(({ index }) => index)).toEqual([exchanges - 2, exchanges - 1])
    const { records } = documentOf(await show('--json')) as { records: { code: string; caller: string }[] }
    expect(records.map(({ code }) => code)).toEqual(['ISSUER_UNREACHABLE', ...Array(exchanges - 1).fill('VALID')])
    expect(new Set(records.map(({ caller }) => caller))).toEqual(new Set(['public']))
  })

  test('a checkpoint that was kept shows that nothing was taken back', async () => {
    const kept = join(folder, 'kept.txt')
    writeFileSync(kept, last.receipt.proof.checkpoint)
    expect((await verify(bed.data, '--checkpoint', kept)).code).toBe(0)
    writeFileSync(kept, 'none')
    expect((await verify(bed.data, '--checkpoint', kept)).out).toContain('✘ external-checkpoint-refused')
    const missing = await verify(bed.data, '--checkpoint', join(folder, 'nowhere'))
    expect(missing).toMatchObject({ code: 2, out: '', err: expect.stringContaining('CHECKPOINT_UNREADABLE') })
  })

  test.each<[string, (lines: string[]) => string[], string]>([
    [
      'changed',
      (lines) => lines.map((line, nth) => (nth === 2 ? line.replace('"VALID"', '"REVOKED"') : line)),
      'record-altered #2',
    ],
    ['taken out', (lines) => lines.filter((_, nth) => nth !== 3), 'index-broken #3'],
    ['cut off', (lines) => lines.slice(0, -1), 'records-cut-off #5'],
    ['no record', (lines) => ['{}', ...lines.slice(1)], 'record-malformed #0'],
  ])('a record that is %s is found, and told in both languages', async (how, harm, words) => {
    const { data, records } = copyData(how)
    const lines = readFileSync(records, 'utf8').trimEnd().split('\n')
    writeFileSync(records, `${harm(lines).join('\n')}\n`)
    const ran = await verify(data)
    expect(ran.code).toBe(4)
    expect(ran.out).toContain(`✘ ${words}`)
    expect(ran.err).toContain('  → ')
    expect(ran.out + ran.err).not.toMatch(CJK)
    expect((await verify(data, '--lang', 'zh')).out).toMatch(CJK)
    expect(documentOf(await verify(data, '--json'))).toMatchObject({
      holds: false,
      failure: { fault: words.split(' ')[0] },
    })
  })

  test('a gateway does not go on with a damaged log, and says so with a next step', async () => {
    const { data, records } = copyData('damaged')
    const lines = readFileSync(records, 'utf8').trimEnd().split('\n')
    writeFileSync(records, `${lines.slice(0, -2).join('\n')}\n`)
    const load = () => loadSettings(bed.config)
    const start = startGateway({ load, data, passphraseFile: bed.trust.passphraseFile, log: 'silent' })
    const thrown: unknown = await start.catch((error: unknown) => error)
    const { code, exit, message, next } = failureOf(thrown)
    expect({ code, exit }).toEqual({ code: 'AUDIT_LOG_DAMAGED', exit: 6 })
    expect(message.zh).toMatch(CJK)
    expect(message.en).not.toMatch(CJK)
    expect(next.en).toContain('hutong audit verify')
    // Nothing stays open: a sound log in the same folder can be opened.
    rmSync(join(data, 'audit'), { recursive: true })
    cpSync(join(bed.data, 'audit'), join(data, 'audit'), { recursive: true })
    await (await startGateway({ load, data, passphraseFile: bed.trust.passphraseFile, log: 'silent' })).close()
  })

  describe('explain tells what became of an exchange', () => {
    const explain = (subject: string, ...argv: string[]) => hutong(['explain', subject, '--data', bed.data, ...argv])

    test('by receipt number, however it was typed, and by trace id', async () => {
      const { no, proof } = first.receipt
      for (const subject of [no, no.toLowerCase(), ` ${no} `, proof.record.trace]) {
        const ran = await explain(subject)
        expect(ran).toMatchObject({ code: 0, err: '' })
        expect(ran.out).toContain(`trace  ${proof.record.trace}\n`)
        expect(ran.out).toContain('outcome  answered  ISSUER_UNREACHABLE\n')
        expect(ran.out).toContain('routed to  hunan\n')
        expect(ran.out).toContain('says nothing against the licence')
      }
      expect(documentOf(await explain(no, '--json'))).toMatchObject({
        record: { index: first.receipt.index, code: first.code },
      })
    })

    test('and says when there is none', async () => {
      for (const subject of ['0'.repeat(32), 'HT20010101-0000001-ABCD']) {
        expect(await explain(subject)).toMatchObject({
          code: 2,
          out: '',
          err: expect.stringContaining('EXCHANGE_UNKNOWN'),
        })
      }
    })
  })
})

test('a log that is not there is no sound log', async () => {
  const data = join(folder, 'nowhere')
  for (const command of [
    ['audit', 'verify', '--config', bed.config],
    ['audit', 'show'],
    ['explain', 'a'.repeat(32)],
  ]) {
    const ran = await hutong([...command, '--data', data])
    expect(ran).toMatchObject({ code: 6, out: '', err: expect.stringContaining('AUDIT_LOG_MISSING') })
  }
})
