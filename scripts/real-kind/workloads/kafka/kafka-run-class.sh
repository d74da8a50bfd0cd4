#!/bin/bash
# Runs a class of Kafka with the variables that Kafka's own scripts document.
heap=-Xmx256M
if [ "$1" = kafka.Kafka ]; then heap='-Xmx1G -Xms1G'; fi
log=/opt/kafka/config/tools-log4j2.yaml
if [ "$1" = kafka.Kafka ]; then log=/opt/kafka/config/log4j2.yaml; fi
[ -e "$log" ] || log=/etc/kafka/docker/$(basename "$log")
jmx=()
if [ -n "$JMX_PORT" ]; then jmx=("-Dcom.sun.management.jmxremote.port=$JMX_PORT" -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false); fi
# shellcheck disable=SC2086 # these variables hold several arguments
exec java ${KAFKA_HEAP_OPTS:-$heap} ${KAFKA_JVM_PERFORMANCE_OPTS:--server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -Djava.awt.headless=true} \
  $KAFKA_JMX_OPTS "${jmx[@]}" ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$log} $KAFKA_OPTS -Dkafka.logs.dir=/opt/kafka/logs -cp '/opt/kafka/libs/*' "$@"
