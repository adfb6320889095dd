# A stdio MCP server of a few lines: it answers initialize, and nothing else.
while IFS= read -r line; do
  case $line in
    *'"method":"initialize"'*)
      id=${line#*'"id":'}
      id=${id%%[,\}]*}
      printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"tiny","version":"1"}}}\n' "$id"
      ;;
    *'"id":'*)
      id=${line#*'"id":'}
      id=${id%%[,\}]*}
      printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}\n' "$id"
      ;;
  esac
done
