import { expect, test } from 'vitest'
import { canonicalAsker, purpose } from './canonical-asker.js'
import { issues, startBed, downIssuer, lateIssuer, unknownIssuer } from './gateway-bed.js'
import { licenceOf, type Conduct } from './test-issuer.js'

test('smoke', async () => {
  const t0 = Date.now()
  const bed = await startBed()
  console.log('start', Date.now() - t0)
  const asker = canonicalAsker(bed.url, bed.folder)
  const show = async (label: string, id: string, path = '/v1/verifyData') => {
    const t = Date.now()
    const r = await asker.ask({ path, body: JSON.stringify({ licenceId: id, purpose: purpose() }) })
    const j = r.json as any
    console.log(label, r.status, j.code ?? j.error?.code, j.error?.subject ?? '', j.parts?.status?.reason, Object.keys(r.headers).join(','), Date.now() - t)
  }
  for (const [d, { type, issuer }] of Object.entries(issues))
    for (const c of ['valid','reset','garbage','error-inside','wrong-key','stale','other-licence','truncated','status-500','status-503'] as Conduct[]) {
      await show(`${d} ${c}`, licenceOf(type, issuer, c))
      if (d === 'canonical') await show(`   getData ${d} ${c}`, licenceOf(type, issuer, c), '/v1/getData')
    }
  const { type } = issues.canonical
  await show('down', licenceOf(type, downIssuer))
  await show('late', licenceOf(type, lateIssuer, 'slow'))
  await show('unknown', licenceOf(type, unknownIssuer))
  await asker.close()
  await bed.close()
  expect(1).toBe(1)
})
