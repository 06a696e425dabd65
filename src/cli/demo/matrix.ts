import Table from 'cli-table3'
import type { Terminal } from '../terminal.js'
import type { Asked, SimulatedLicence } from './simulator.js'

/** A system that asks, in the matrix's rows. */
export interface Asker {
  readonly name: string
  readonly dialect: string
  ask(licence: SimulatedLicence): Promise<Asked>
}

/** A system that issues, in the matrix's columns, with the licences that earn each verdict. */
export interface Issuer {
  readonly name: string
  readonly dialect: string
  readonly licences: readonly SimulatedLicence[]
}

/** One question and what came of it. */
export interface Cell {
  readonly asker: string
  readonly issuer: string
  readonly licenceId: string
  readonly expected: string
  readonly got: string
  readonly ms: number
  readonly ok: boolean
}

/** Asks for one licence in force of every issuer, from every asker: asker dialect × issuer dialect. */
export async function runMatrix(askers: readonly Asker[], issuers: readonly Issuer[]): Promise<readonly Cell[]> {
  const cells: Cell[] = []
  for (const asker of askers) {
    for (const issuer of issuers) {
      const licence = issuer.licences.find((each) => each.earns === 'VALID')
      if (licence !== undefined) cells.push(await askOne(asker, issuer, licence))
    }
  }
  return cells
}

/** Asks for every licence of every issuer, one for each verdict it can give; the askers take turns. */
export async function runVerdicts(askers: readonly Asker[], issuers: readonly Issuer[]): Promise<readonly Cell[]> {
  const cells: Cell[] = []
  for (const issuer of issuers) {
    for (const [turn, licence] of issuer.licences.entries()) {
      const asker = askers[turn % askers.length]
      if (asker !== undefined) cells.push(await askOne(asker, issuer, licence))
    }
  }
  return cells
}

async function askOne(asker: Asker, issuer: Issuer, licence: SimulatedLicence): Promise<Cell> {
  const asked = await asker.ask(licence).catch((): Asked => ({ status: 0, code: 'NO_ANSWER', ms: 0 }))
  const got = asked.code ?? `HTTP ${asked.status}`
  return {
    asker: asker.name,
    issuer: issuer.name,
    licenceId: licence.id,
    expected: licence.earns,
    got,
    ms: Math.round(asked.ms * 10) / 10,
    ok: got === licence.earns,
  }
}

export function showMatrix(
  terminal: Terminal,
  askers: readonly Asker[],
  issuers: readonly Issuer[],
  cells: readonly Cell[],
): void {
  const head = [terminal.text({ zh: '提问 ↓  制发 →', en: 'asks ↓  issues →' }), ...issuers.map(labelOf)]
  const table = plainTable(head)
  for (const asker of askers) {
    table.push([
      labelOf(asker),
      ...issuers.map((issuer) => {
        const cell = cells.find((each) => each.asker === asker.name && each.issuer === issuer.name)
        return cell === undefined ? '' : cellText(terminal, cell, true)
      }),
    ])
  }
  terminal.data(table.toString())
}

export function showVerdicts(terminal: Terminal, issuers: readonly Issuer[], cells: readonly Cell[]): void {
  const codes = [...new Set(cells.map((cell) => cell.expected))]
  const table = plainTable([terminal.text({ zh: '结论', en: 'verdict' }), ...issuers.map(labelOf)])
  for (const code of codes) {
    table.push([
      code,
      ...issuers.map((issuer) => {
        const cell = cells.find((each) => each.expected === code && each.issuer === issuer.name)
        return cell === undefined ? '' : cellText(terminal, cell, false)
      }),
    ])
  }
  terminal.data(table.toString())
}

/** `named` is off where the row already says which verdict was expected. */
function cellText(terminal: Terminal, cell: Cell, named: boolean): string {
  const { green, red } = terminal.colour
  const ms = `${cell.ms.toFixed(1)} ms`
  if (!cell.ok) return red(named ? `✘ ${cell.got}\n≠ ${cell.expected}` : `✘ ${cell.got}`)
  return green(named ? `✔ ${cell.got} ${ms}` : `✔ ${ms}`)
}

function labelOf({ name, dialect }: { readonly name: string; readonly dialect: string }): string {
  return `${name}\n${dialect}`
}

function plainTable(head: string[]) {
  return new Table({ head, style: { head: [], border: [], compact: true } })
}
