import type { CanonicalAnswer, CanonicalRequest } from '../canonical/model.js'
import type { CaseScope } from './case-scope.js'
import type { UseList } from './use-list.js'

/** May they ask, and what may leave? The two questions of the main path. */
export interface Policy {
  /** @throws HubError with a policy code; so does `filter`, when the answer turns out to be somebody else's */
  permit(caller: string, request: CanonicalRequest): { filter(answer: CanonicalAnswer): CanonicalAnswer }
}

/** Joins the use list, which says what an item may use, and the case scope, which says whose. */
export function createPolicy(useList: UseList, caseScope: CaseScope): Policy {
  return {
    permit(caller, request) {
      const grant = useList.permit(caller, request)
      const ticket = caseScope.admit(caller, request)
      return {
        filter(answer) {
          // The whole answer first: the holder that binds the case may be a field that does not leave.
          ticket.settle(answer)
          return grant.filter(answer)
        },
      }
    },
  }
}
