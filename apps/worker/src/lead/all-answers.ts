/**
 * What was found by several questions that were asked at once, in the order of the questions. Waits for every answer, so that no
 * call is under way any more when the locks are given back. An answer counts only where every question before it was answered:
 * the first error is thrown unless something was found before it.
 */
export async function allAnswers<Answer>(
  questions: readonly Promise<Answer | undefined>[],
): Promise<readonly Answer[]> {
  const found: Answer[] = []
  for (const answer of await Promise.allSettled(questions)) {
    if (answer.status === 'fulfilled') {
      if (answer.value !== undefined) found.push(answer.value)
    } else if (found.length > 0) break
    else throw answer.reason
  }
  return found
}
