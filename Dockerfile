# The image holds one static program, the certificates of public authorities
# and an empty /data. There is no shell in it.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/mcg ./cmd/mcg
# Folders cannot be made in an image without a shell, so they are made here.
RUN mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/mcg /usr/local/bin/mcg
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp

ENV PATH=/usr/local/bin \
    MCG_DATA_DIR=/data
# The numbers stand for a user without rights; there is no /etc/passwd, and
# Kubernetes can only check a number for runAsNonRoot.
USER 65532:65532
# Relative arguments, such as `generate config.yaml`, are files of what is
# mounted here.
WORKDIR /data
VOLUME ["/data"]

# 8080 is the API; 9090 is metrics and probes.
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/local/bin/mcg", "health"]

# Both `docker run IMAGE generate card.yaml` and `docker run IMAGE mcg serve`
# work: the program drops a leading "mcg".
ENTRYPOINT ["/usr/local/bin/mcg"]
CMD ["serve"]
