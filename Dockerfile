# The gateway in a container: hutong serve, as an unprivileged user, on a read-only root file system.
#
#   docker build -t hutong .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -v "$PWD/config:/config:ro" -v hutong-data:/data -p 127.0.0.1:8787:8787 hutong
#
# /config is what `hutong config init` wrote: keys and secrets are mode 0600, so they must belong to user 1000, and
# gateway.yaml names keys.passphraseFile, since nobody is there to be asked. It must listen beyond the container's loopback
# (`listen: { host: 0.0.0.0, port: 8787 }`), so dialects that carry no signature need pinned client certificates there.
# Everything that the gateway keeps lies under /data. The simulators of the demo are not in the image.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY conformance conformance
COPY bench bench
COPY scripts scripts
RUN npm run build

FROM node:24-bookworm-slim AS production
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /hutong
COPY package.json LICENSE ./
COPY --from=production /build/node_modules node_modules
COPY --from=build /build/dist/src dist/src
COPY spec spec
RUN mkdir /config /data && chown 1000:1000 /data
VOLUME /data
USER 1000:1000
EXPOSE 8787
# For another port, or with TLS, override it: the gateway listens where gateway.yaml says.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8787/health', { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js", "serve", "--config", "/config", "--data", "/data"]
