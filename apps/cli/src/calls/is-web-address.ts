/** An http or https address. `localhost:3000` is not one: it parses as a URL with the scheme `localhost`. */
export const isWebAddress = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
