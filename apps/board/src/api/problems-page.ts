import { problems } from './problems.ts'

/** The page that the `type` of every problem leads to: a section for each code, in English and Portuguese. */
export const problemsPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ponte: problems</title>
<h1>Problems that the API answers with</h1>
${Object.entries(problems)
  .map(
    ([code, { status, en, pt, advice }]) => `<section id="${code}">
<h2>${status} ${code}</h2>
<p>${en} ${advice.en}</p>
<p lang="pt-BR">${pt} ${advice.pt}</p>
</section>`,
  )
  .join('\n')}
</html>
`
