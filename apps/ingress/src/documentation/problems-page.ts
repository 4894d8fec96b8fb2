import { ingressFailures } from '@ponte/contracts'

/** The page that the `type` of every problem leads to: one section a code, in English and Portuguese. */
export const problemsPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ponte: problems</title>
<h1>Problems that the ingress answers with</h1>
${Object.entries(ingressFailures).map(toSection).join('\n')}
</html>
`

const toSection = ([code, { en, pt, refusal }]: [
  string,
  (typeof ingressFailures)[keyof typeof ingressFailures],
]): string =>
  `<section id="${code}">
<h2>${refusal.status} ${code}</h2>
<p>${en} ${refusal.advice.en}</p>
<p lang="pt-BR">${capitalized(pt)}. ${refusal.advice.pt}</p>
</section>`

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
