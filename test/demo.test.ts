import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

interface Cell {
  readonly asker: string
  readonly issuer: string
  readonly licenceId: string
  readonly expected: string
  readonly got: string
  readonly ok: boolean
}

interface DemoReport {
  readonly topology: { readonly systems: number; readonly spokes: number; readonly pointToPoint: number }
  readonly matrix: readonly Cell[]
  readonly verdicts: readonly Cell[]
  readonly failed: number
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-demo-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The demo as a user runs it: a process of its own, with the simulators as further ones. */
async function demoOnce(...options: readonly string[]): Promise<{ code: number | null; report: DemoReport }> {
  const args = ['dist/src/main.js', 'demo', '--once', '--json', '--port', '0', '--dir', folder, ...options]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, report: JSON.parse(Buffer.concat(chunks).toString()) as DemoReport }
}

test('every cell of the matrix is as expected, and every verdict that can be earned is', {
  timeout: 120_000,
}, async () => {
  const { code, report } = await demoOnce()
  expect([...report.matrix, ...report.verdicts].filter(({ ok }) => !ok)).toEqual([])
  expect(report.matrix).toHaveLength(16)
  expect(new Set(report.verdicts.map(({ expected }) => expected))).toEqual(
    new Set([
      'VALID',
      'NOT_YET_VALID',
      'EXPIRED',
      'SUSPENDED',
      'CANCELLED',
      'SUPERSEDED',
      'REVOKED',
      'MISMATCH',
      'NOT_FOUND',
      'STATUS_UNKNOWN',
      'UNSUPPORTED',
      'NOT_AUTHORISED',
      'ISSUER_UNREACHABLE',
      'ISSUER_UNKNOWN',
    ]),
  )
  expect(report.topology).toMatchObject({ systems: 8, spokes: 8, pointToPoint: 56 })
  expect(code).toBe(0)
})

test('a simulator that lies turns its own cells red, and no others', { timeout: 120_000 }, async () => {
  const { code, report } = await demoOnce('--fault', 'hunan=lie')
  const red = [...report.matrix, ...report.verdicts].filter(({ ok }) => !ok)
  expect(red.length).toBe(report.failed)
  expect(red.length).toBeGreaterThan(5)
  expect(new Set(red.map(({ issuer }) => issuer))).toEqual(new Set(['hunan']))
  expect(new Set(red.map(({ got }) => got))).toEqual(new Set(['VALID']))
  expect(code).not.toBe(0)
})
