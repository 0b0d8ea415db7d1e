# bash completion for weftscope

_weftscope ()
{
  local cur prev words cword
  _init_completion -n = || return

  case "$prev" in
    -p|--pid) COMPREPLY=($(compgen -W "$(ps -eo pid=)" -- "$cur")); return ;;
    -n|--name) COMPREPLY=($(compgen -W "$(ps -eo comm= | sort -u)" -- "$cur")); return ;;
    -o|--output) _filedir; return ;;
    --view) COMPREPLY=($(compgen -W lanes -- "$cur")); return ;;
    --groups) COMPREPLY=($(compgen -W "sched life" -- "$cur")); return ;;
    --events) COMPREPLY=($(compgen -W 'fork exec exit rename switch wakeup state lost suspend sync all' \
                -- "$cur")); return ;;
    --format)
      if [ "${words[1]}" = record ]; then
        COMPREPLY=($(compgen -W 'weft jsonl csv' -- "$cur"))
      else
        COMPREPLY=($(compgen -W 'png svg pdf csv jsonl' -- "$cur"))
      fi
      return ;;
    --sort) COMPREPLY=($(compgen -W 'thread tid running waits switches forced p50 p99' -- "$cur"))
      return ;;
    -d|--duration|-e|--label|--from|--to|--width|--height|--scale|--title) return ;;
  esac

  case "${words[1]}" in
    help) COMPREPLY=($(compgen -W 'record stat export' -- "$cur")) ;;
    record)
      local i
      for ((i = 2; i < cword; i++)); do
        [ "${words[i]}" = -- ] && { _command_offset $((i + 1)); return; }
      done
      COMPREPLY=($(compgen -W '--pid --name --all --duration --output --format --label
        --no-children --own --groups --help --' -- "$cur")) ;;
    stat)
      [[ $cur == -* ]] && COMPREPLY=($(compgen -W '--json --from --to --pid --sort --all
        --help' -- "$cur")) ||
        _filedir weft ;;
    export)
      [[ $cur == -* ]] && COMPREPLY=($(compgen -W '--output --format --view --from --to --pid
        --events --width --height --scale --dark --title --help' -- "$cur")) || _filedir weft ;;
    *)
      COMPREPLY=($(compgen -W 'record stat export help --help --version' -- "$cur"))
      _filedir weft ;;
  esac
} && complete -F _weftscope weftscope
