import { translated } from '@ponte/contracts'
import { counted } from '@ponte/runtime'

/** What `shadow` says. */
export const shadowTexts = translated({
  en: {
    description: 'the way back: another program takes over again, and Ponte writes nothing any more',
    now: 'write nothing from now on: what is undone waits outside the queues until --rest',
    restOption: 'send or drop what --now kept',
    nowOrRest: 'Pass --now or --rest, not both.',
    fileSaysLive: (tenant: string) =>
      `The tenants file says mode: live for ${tenant}. Write mode: shadow into its section first, then run this again.`,
    goesLive: 'The tenant still goes live: what came since the package was off is enqueued first …',
    packageOn: (at: string) => `From ${at} on the package has to be on: what comes since then is its work.`,
    draining: (left: number) =>
      `${counted('en', left, 'event is', 'events are')} Ponte's and not done yet. Ctrl-C is safe: the workers go on.`,
    inShadow: (at: string) => `in the shadow since ${at}`,
    running: (left: number) => `${counted('en', left, 'job of Ponte', 'jobs of Ponte')} still running or new`,
    rest: (rest: number, tenant: string) =>
      `${counted('en', rest, 'event waits', 'events wait')} outside the queues. ponte shadow --tenant ${tenant} --rest send does them although the package is on; --rest drop leaves them to you.`,
    decideFirst: 'That is left of an earlier way back: decide about it, then run this again.',
    switchLater: 'To go live again: ponte switch with a new time, then mode: live.',
    send: (jobs: number) => `${counted('en', jobs, 'event', 'events')} sent`,
    drop: (jobs: number) => `${counted('en', jobs, 'event', 'events')} dropped`,
    busy: 'Somebody else sends, drops or erases just now. Run this again.',
  },
  'pt-BR': {
    description: 'o caminho de volta: outro programa assume de novo, e o Ponte não grava mais nada',
    now: 'não gravar mais nada a partir de agora: o que falta aguarda fora das filas até o --rest',
    restOption: 'enviar (send) ou descartar (drop) o que o --now guardou',
    nowOrRest: 'Informe --now ou --rest, não os dois.',
    fileSaysLive: tenant =>
      `O arquivo de tenants diz mode: live para ${tenant}. Escreva primeiro mode: shadow na seção dela e execute de novo.`,
    goesLive: 'A empresa ainda está saindo do modo sombra: primeiro entra na fila o que chegou desde então …',
    packageOn: at => `A partir de ${at} o pacote tem de estar ligado: o que chega desde então é trabalho dele.`,
    draining: left =>
      `${counted('pt-BR', left, 'evento é', 'eventos são')} do Ponte e ainda não ${left === 1 ? 'foi feito' : 'foram feitos'}. Ctrl-C não perde nada: os workers continuam.`,
    inShadow: at => `em modo sombra desde ${at}`,
    running: left => counted('pt-BR', left, 'job do Ponte ainda em execução', 'jobs do Ponte ainda em execução'),
    rest: (rest, tenant) =>
      `${counted('pt-BR', rest, 'evento aguarda', 'eventos aguardam')} fora das filas. O ponte shadow --tenant ${tenant} --rest send os faz mesmo com o pacote ligado; o --rest drop os deixa para você.`,
    decideFirst: 'Isso sobrou de um caminho de volta anterior: decida sobre isso e depois execute este de novo.',
    switchLater: 'Para voltar à produção: ponte switch com um novo horário, depois mode: live.',
    send: jobs => counted('pt-BR', jobs, 'evento enviado', 'eventos enviados'),
    drop: jobs => counted('pt-BR', jobs, 'evento descartado', 'eventos descartados'),
    busy: 'Alguém está enviando, descartando ou apagando agora. Execute de novo.',
  },
})
