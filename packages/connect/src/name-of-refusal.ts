/** RD Station's name for its refusal (`error`). The address may come from anybody, so only a short, plain name is accepted. */
export const nameOfRefusal = (answer: URLSearchParams): string =>
  (answer.get('error') ?? '').replaceAll(/[^\w.-]/g, '').slice(0, 60)
