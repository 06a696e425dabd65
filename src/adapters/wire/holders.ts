import { readCitizenId } from '../../canonical/citizen-id.js'
import { HubError } from '../../canonical/errors.js'
import type { Holder } from '../../canonical/model.js'
import { isUscc } from '../../canonical/uscc.js'
import type { Loss, Translated } from '../adapter.js'

/** Several holders as systems without lists write them: three texts, each joined by `,` or `^` (EST, both met). */
export interface JoinedHolders {
  readonly names: string
  readonly codes: string
  readonly typeCodes: string
}

type Separator = ',' | '^'
const SEPARATORS = /[,^]/

/**
 * A holder code in its standard form: 001 is a credit code, 111 a citizen id (EST); other kinds have no check known.
 *
 * @throws HubError HOLDER_CODE_MALFORMED
 */
export function readHolderCode(typeCode: string, code: string, subject: string): string {
  const read = typeCode === '111' ? readCitizenId(code) : typeCode === '001' && !isUscc(code) ? undefined : code
  if (read === undefined) throw new HubError('HOLDER_CODE_MALFORMED', { subject })
  return read
}

/** Joins holders by `preferred`, or by the other separator when a name holds it. */
export function joinHolders(holders: readonly Holder[], preferred: Separator): Translated<JoinedHolders> {
  const losses: Loss[] = []
  const kept = holders.filter(({ code }) => !SEPARATORS.test(code))
  if (kept.length < holders.length) losses.push({ field: 'holders', reason: 'no-slot' })
  const names = kept.map(({ name }) => name ?? '')
  const other = preferred === ',' ? '^' : ','
  const holds = (separator: Separator) => kept.length > 1 && names.some((name) => name.includes(separator))
  const separator = holds(preferred) && !holds(other) ? other : preferred
  const carried = !holds(separator)
  if (!carried) losses.push({ field: 'holders.name', reason: 'no-slot' })
  const value = {
    names: carried && names.some((name) => name !== '') ? names.join(separator) : '',
    codes: kept.map(({ code }) => code).join(separator),
    typeCodes: kept.map(({ typeCode }) => typeCode).join(separator),
  }
  return { value, losses }
}

/**
 * Splits what was joined. One holder's name is taken whole, separators included.
 *
 * @param subject name of the type code's field, for the error text
 * @throws HubError REPLY_MALFORMED when a holder's type is neither given nor plain from its code
 */
export function splitHolders(
  { names, codes, typeCodes }: JoinedHolders,
  subject: string,
): Translated<readonly Holder[]> {
  if (codes === '') {
    // Our terms know no holder without a code.
    return { value: [], losses: names === '' ? [] : [{ field: 'holders', reason: 'no-slot' }] }
  }
  const separator = codes.includes('^') ? '^' : ','
  const codeList = codes.split(separator)
  const typeList = typeCodes === '' ? [] : typeCodes.split(SEPARATORS)
  const nameList = names === '' ? codeList.map(() => '') : codeList.length === 1 ? [names] : names.split(separator)
  const named = nameList.length === codeList.length
  const value = codeList.map((code, index) => {
    const typeCode = (typeList.length === 1 ? typeList[0] : typeList[index]) || typeOf(code)
    if (typeCode === undefined) throw new HubError('REPLY_MALFORMED', { subject })
    return { typeCode, code, name: (named ? nameList[index] : '') || null }
  })
  return { value, losses: named ? [] : [{ field: 'holders.name', reason: 'narrowed' }] }
}

function typeOf(code: string): string | undefined {
  return isUscc(code) ? '001' : readCitizenId(code) === undefined ? undefined : '111'
}
