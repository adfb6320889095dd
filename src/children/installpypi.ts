/**
 * What the init container runs to install a package of PyPI: `sh -c SCRIPT sh FOLDER COMMAND NAME REQUIREMENT EXECUTABLE`. The
 * image has uv, and nothing of the operator's. FOLDER is where uv puts the package's commands. COMMAND becomes a link to the only
 * one, or to that with the package's name, or to EXECUTABLE where that is not empty. Names are alike as PyPI has it,
 * https://packaging.python.org/en/latest/specifications/name-normalization/
 */
export const INSTALL_PYPI = `
folder=$1 command=$2 name=$3 requirement=$4 wanted=$5
fail() { echo "$1" >&2; exit 1; }
plain() { printf %s "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[-_.][-_.]*/-/g'; }
uv tool install --force --quiet "$requirement" || fail "uv cannot install $requirement"
names=$(ls "$folder")
if [ -z "$wanted" ]; then
  for one in $names; do
    if [ "$one" = "$names" ] || [ "$(plain "$one")" = "$(plain "$name")" ]; then wanted=$one; fi
  done
fi
[ -e "$folder/\${wanted:=$name}" ] || fail "$name has no command $wanted, but: $(echo $names) (package.executable)"
ln -sf "$folder/$wanted" "$command"
`;
