import { HubError } from '../../canonical/errors.js'
import type { CanonicalRequest } from '../../canonical/model.js'
import { ConfigError, type Problem } from '../../config/problem.js'
import type { Registry } from '../../config/registry.js'
import type { Settings } from '../../config/settings.js'
import type { Grant } from '../../hub.js'
import type { CaseScope } from '../../policy/case-scope.js'
import { createPolicy } from '../../policy/policy.js'
import { compileUseList, typeCodeOf, type UseList } from '../../policy/use-list.js'

/**
 * What a caller may ask and what may leave: the use list, and 一事一查 over it.
 *
 * @throws ConfigError when a row of the use list promises what it cannot keep
 */
export function policyOf(
  settings: Settings,
  registry: Registry,
  caseScope: CaseScope,
): (caller: string, request: CanonicalRequest) => Grant {
  const { gateway } = settings
  const policy = createPolicy(useListOf(settings), caseScope)
  const localTypes = new Set(gateway.licenceTypes.map(({ code }) => code))
  const isKnown = (type: string) => registry.typeByCode.has(type) || localTypes.has(type)

  return (caller, request) => {
    const type = typeCodeOf(request)
    if (type !== null && !isKnown(type)) throw new HubError('TYPE_UNKNOWN', { subject: 'typeCode' })
    return policy.permit(caller, request)
  }
}

/** The use list, compiled. @throws ConfigError when a row promises what it cannot keep */
export function useListOf({ gateway, useList, folder }: Settings): UseList {
  const list = compileUseList(useList.uses, { publicVerify: gateway.publicVerify.enabled, grades: useList.grades })
  if (list.problems.length > 0) {
    throw new ConfigError(
      list.problems.map(
        ({ row, field, message }): Problem => ({ file: 'use-list.yaml', line: 0, at: `uses.${row}.${field}`, message }),
      ),
      folder,
    )
  }
  return list
}
