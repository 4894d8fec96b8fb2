/**
 * The answers to several questions that were asked at once, in the order of the questions, without those that found nothing. Waits
 * for all of them, so that no call is under way when the locks are released. Throws the first error, unless an earlier question
 * found something; answers after an error do not count.
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
