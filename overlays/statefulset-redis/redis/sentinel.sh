# Generated from registry.yaml: change that, then run `npm run generate`.
# Starts the Sentinel with its own copy of sentinel.conf, made anew where the password is another.
# A new pod has the id of the one before, so that the others do not count both.
. /etc/redis/primary.sh
grep -qsFe "$REDISCLI_AUTH" /sentinel/sentinel.conf || ({
  sed "s/registry-redis-0.registry-redis 6379/$primary/" /etc/redis/sentinel.conf
  echo "sentinel myid $(echo "$POD_NAME" | sha1sum | cut -c -40)"
  echo "sentinel announce-ip $HOST"
  echo "sentinel auth-pass registry $REDISCLI_AUTH"
  echo "requirepass $REDISCLI_AUTH"
} >/sentinel/sentinel.conf.new && mv /sentinel/sentinel.conf.new /sentinel/sentinel.conf)
exec "$@"
