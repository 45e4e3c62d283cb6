# SPDX-License-Identifier: BSD-3-Clause
# Tab completion of pps for bash; the candidates come from pps itself.
_pps() {
	local cur=${COMP_WORDS[COMP_CWORD]} candidates
	candidates=$(pps __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$cur")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _pps pps
