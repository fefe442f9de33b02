# One image for serve (default), api and worker.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/bnlab
COPY requirements.lock .
RUN /opt/bnlab/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY bn_models bn_models
COPY bnlab bnlab
COPY migrations migrations
COPY service service
RUN /opt/bnlab/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 bnlab && install --directory --owner=bnlab /data
COPY --from=build /opt/bnlab /opt/bnlab
ENV PATH=/opt/bnlab/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BNLAB_HOST=0.0.0.0 \
    BNLAB_DATABASE=sqlite:////data/bnlab.db \
    BNLAB_DATA_DIR=/data \
    BNLAB_XLA_CACHE_DIR=/data/xla
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["bnlab"]
CMD ["serve"]
