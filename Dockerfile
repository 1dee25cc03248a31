# The controller as an image: built on Debian 12, run on its slim variant as a user without rights.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
    g++ cmake ninja-build mold pkg-config \
    libboost-dev libboost-system-dev libcli11-dev libcpprest-dev libpqxx-dev libsimdjson-dev libspdlog-dev \
    libssl-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
WORKDIR /source
COPY . .
RUN cmake --preset release -DFREEHOLD_TESTS=OFF && cmake --build --preset release --target freehold && \
    strip build/release/freehold

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates libcpprest2.10 libpqxx-6.4 libprometheus-cpp-core1.0 libsimdjson14 libspdlog1.10 libssl3 \
    libyaml-cpp0.7 zlib1g && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /source/build/release/freehold /usr/bin/freehold
RUN ["/usr/bin/freehold", "version"]
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/bin/freehold"]
CMD ["controller"]
