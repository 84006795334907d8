# The pages on a CPU, with the models of the lite tier or with remote engines only. Build it from the project's root:
#   docker build -f deploy/front.dockerfile -t funaudio-front .
FROM python:3.12-slim

ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

WORKDIR /app
COPY packages.txt requirements.txt ./
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends < packages.txt \
    && rm -rf /var/lib/apt/lists/* \
    && sed '/^# Full tier$/,$d' requirements.txt > lite.txt \
    && pip install -r lite.txt

RUN useradd --create-home --uid 1000 front && mkdir /data && chown front /data
COPY --chown=front app.py README.md ./
COPY --chown=front tabs tabs
COPY --chown=front server server
COPY --chown=front funaudio_core funaudio_core
COPY --chown=front examples_audio examples_audio
USER front

ENV FUNAUDIO_HOME=/data FUNAUDIO_HOST=0.0.0.0 FUNAUDIO_PORT=7860
VOLUME /data
EXPOSE 7860
# The first start downloads models; later ones take half a minute.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30m --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["python", "app.py"]
