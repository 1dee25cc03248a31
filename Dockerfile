# The controller as an image: built on Debian 12, run on its slim variant as a user without rights. The same base and the
# same packages give the same image, bit by bit, where times are left out: buildah build --timestamp 0. A cache that is mounted
# to compile leaves an empty directory in it.
FROM docker.io/library/debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
    g++ ccache cmake ninja-build mold pkg-config \
    libboost-dev libboost-system-dev libcli11-dev libcpprest-dev libpg-query-dev libpq-dev libsimdjson-dev libspdlog-dev \
    libssl-dev libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
WORKDIR /source
COPY . .
# A cache that is mounted at /root/.cache/ccache serves here, too.
ENV CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=/source CCACHE_SLOPPINESS=pch_defines,time_macros
RUN cmake --preset release -DFREEHOLD_TESTS=OFF -DCMAKE_EXE_LINKER_FLAGS=-Wl,--build-id=none && \
    cmake --build --preset release --target freehold && strip build/release/freehold

FROM docker.io/library/debian:bookworm-slim
# What apt leaves behind tells when it ran.
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates libcpprest2.10 libpq5 libprometheus-cpp-core1.0 libsimdjson14 libspdlog1.10 libssl3 \
    libyaml-cpp0.7 zlib1g && \
    rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/ldconfig/* /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/apt/*
COPY --from=build /source/build/release/freehold /usr/bin/freehold
RUN ["/usr/bin/freehold", "version"]
USER 65532:65532
EXPOSE 8080 8081 9443
ENTRYPOINT ["/usr/bin/freehold"]
CMD ["controller"]
