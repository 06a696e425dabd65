/** The text of the bus's validation fault (EST: BEA-382505, a length facet); it stands escaped in Reason. */
export function osbFault(name: string, length: number, facet: number): string {
  const config = 'http://www.bea.com/wli/sb/stages/transport/config'
  const message = `string length (${length}) does not match length facet (${facet}) for element ${name}`
  return (
    '<con:fault xmlns:con="http://www.bea.com/wli/sb/context"><con:errorCode>BEA-382505</con:errorCode>' +
    '<con:reason>OSB Validate action failed validation</con:reason><con:details>' +
    `<con1:ValidationFailureDetail xmlns:con1="${config}"><con1:message>${message}</con1:message>` +
    '</con1:ValidationFailureDetail></con:details></con:fault>'
  )
}
