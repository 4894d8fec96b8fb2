# syntax=docker/dockerfile:1
# One image for every process; compose (or your orchestrator) names the command.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY apps apps
COPY packages packages
# No development tools and none of the optional binaries (Node.js, Redis) that serve a bare machine.
RUN pnpm install --frozen-lockfile --prod --no-optional \
      --filter-prod '@ponte/ingress...' --filter-prod '@ponte/worker...' --filter-prod '@ponte/board...' --filter-prod '@ponte/sandbox...'

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    INGRESS_HOST=0.0.0.0 \
    BOARD_HOST=0.0.0.0 \
    OPS_HOST=0.0.0.0 \
    OPS_PORT=9090 \
    PONTE_CONFIG=/app/ponte.config.yaml
COPY --from=dependencies /app /app
COPY docs docs
USER node
# Alive is not ready: an orchestrator that balances load should ask /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.OPS_PORT}/healthz`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/ingress/src/main.ts"]
