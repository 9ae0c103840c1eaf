# Generated from registry.yaml: change that, then run `npm run generate`.
# What the scripts beside it share. A primary is written as "HOST PORT".
ask() { # HOST PORT COMMAND...
  host=$1 port=$2
  shift 2
  timeout 2 redis-cli -e -h "$host" -p "$port" "$@" 2>/dev/null
}
# Prints the primary that a Sentinel names; nothing where it knows none, as one of another password knows none of ours.
named_by() { # HOST PORT
  answer=$(ask "$1" "$2" sentinel get-master-addr-by-name registry)
  case $?$answer in
    0*) echo $answer ;;
    *NOAUTH*) ;;
    *) return 1 ;;
  esac
}
# Prints the role of a Redis: master, or slave with the primary that it follows, and whether it is connected.
role_of() { # HOST PORT
  set -- $(ask "$1" "$2" role)
  [ "$1" = slave ] && echo "$1 $2 $3 $4" || echo "$1"
}
own_redis='127.0.0.1 6379'
own_sentinel='127.0.0.1 26379'
# The address of the Redis of each pod, and of its Sentinel.
pods='registry-redis-0.registry-redis 6379 registry-redis-0.registry-redis 26379
      registry-redis-1.registry-redis 6379 registry-redis-1.registry-redis 26379
      registry-redis-2.registry-redis 6379 registry-redis-2.registry-redis 26379'
