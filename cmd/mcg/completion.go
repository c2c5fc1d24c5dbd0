package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand prints what a shell needs to complete mcg's command line.
type completionCommand struct {
	Shell string   `arg:"" enum:"bash,zsh,fish,words" help:"bash, zsh or fish. (words is what their scripts ask.)"`
	Line  []string `arg:"" optional:"" passthrough:"" hidden:"" help:"The words so far, the last being completed."`
}

// The scripts ask the program itself, so that they never are of another
// version. Where it has no answer, the shell completes files.
var completionScripts = map[string]string{
	"bash": `_mcg() {
	local IFS=$'\n'
	COMPREPLY=($(compgen -W "$(mcg completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _mcg mcg
`,
	"zsh": `#compdef mcg
_mcg() {
	local -a found
	found=(${(f)"$(mcg completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	if ((${#found})); then compadd -- $found; else _files; fi
}
compdef _mcg mcg
`,
	"fish": `function __mcg_complete
	mcg completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end
complete -c mcg -a '(__mcg_complete)'
`,
}

func (c *completionCommand) Run(p *process, parsed *kong.Context) error {
	if script, ok := completionScripts[c.Shell]; ok {
		_, err := fmt.Fprint(p.stdout, script)
		return err
	}
	words := c.Line
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, word := range complete(parsed.Model.Node, words) {
		if _, err := fmt.Fprintln(p.stdout, word); err != nil {
			return err
		}
	}
	return nil
}

// complete returns what the last word may become: verbs, flags, or the values
// of a flag or argument that has a fixed set.
func complete(node *kong.Node, words []string) []string {
	last, before := "", ""
	if len(words) > 0 {
		last = words[len(words)-1]
		words = words[:len(words)-1]
	}
	for _, word := range words {
		before = word
		if child := childOf(node, word); child != nil {
			node, before = child, ""
		}
	}
	if flag := flagOf(node, before); flag != nil && !flag.IsBool() {
		return startingWith(last, flag.EnumSlice())
	}
	if strings.HasPrefix(last, "-") {
		return startingWith(last, flagsOf(node))
	}
	var found []string
	for _, child := range node.Children {
		if !child.Hidden {
			found = append(found, child.Name)
		}
	}
	for _, argument := range node.Positional {
		found = append(found, argument.EnumSlice()...)
	}
	return startingWith(last, found)
}

func childOf(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

func flagOf(node *kong.Node, name string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			if "--"+flag.Name == name {
				return flag
			}
		}
	}
	return nil
}

func flagsOf(node *kong.Node) []string {
	var names []string
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			names = append(names, "--"+flag.Name)
		}
	}
	return names
}

func startingWith(prefix string, words []string) []string {
	var found []string
	for _, word := range words {
		if word != "" && strings.HasPrefix(word, prefix) {
			found = append(found, word)
		}
	}
	return found
}
