/** Something that a request can be sent to: `localhost:3000` names no way to get there. */
export const isWebAddress = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
