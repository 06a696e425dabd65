/** Why a primitive refused its input. */
export type Sm2Problem =
  | 'point-refused'
  | 'scalar-refused'
  | 'user-id-refused'
  | 'key-refused'
  | 'signature-refused'
  | 'plain-refused'
  | 'cipher-malformed'
  | 'undecryptable'

/** What the functions of this folder throw. The message never holds key material or content. */
export class Sm2Error extends Error {
  override readonly name = 'Sm2Error'
  readonly problem: Sm2Problem

  constructor(problem: Sm2Problem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}
