import type { AlertMessage } from '../alerts/alert-texts.ts'
import type { Channel, SendResult } from '../alerts/channels.ts'

/** A channel that keeps its messages. `answer` may throw, as if the process died there. */
export function recordingChannel(answer: () => SendResult = () => 'sent', name: Channel['name'] = 'webhook') {
  const messages: AlertMessage[] = []
  const channel: Channel = {
    name,
    async send(message) {
      messages.push(message)
      return answer()
    },
  }
  return { channel, messages, texts: () => messages.map(({ text }) => text) }
}
