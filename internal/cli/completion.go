package cli

// Completion in shells: cobra has the scripts, and knows what they ask; what there is to say
// comes out of the tables.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/godwit/internal/cli/curl"
)

const completionHelp = `usage: godwit completion bash|zsh|fish|powershell

Prints a script that completes godwit's commands, methods, flags with their arguments,
and items in that shell. Where to put it:

    bash        godwit completion bash > ~/.local/share/bash-completion/completions/godwit
                (or, for this shell alone, source <(godwit completion bash))
    zsh         godwit completion zsh > "${fpath[1]}/_godwit"
    fish        godwit completion fish > ~/.config/fish/completions/godwit.fish
    powershell  godwit completion powershell | Out-String | Invoke-Expression
`

var shells = []string{"bash", "zsh", "fish", "powershell"}

// runCompletion prints the script of a shell.
func runCompletion(_ context.Context, env *Env, args []string) error {
	if len(args) != 1 {
		return &usageError{"completion takes the name of a shell: " + strings.Join(shells, ", ")}
	}
	root := completionTree(env.commands, nil)
	var b strings.Builder
	var err error
	switch args[0] {
	case "-h", "--help":
		b.WriteString(completionHelp)
	case "bash":
		var script strings.Builder
		err = root.GenBashCompletionV2(&script, true)
		b.WriteString(selfContained(script.String()))
	case "zsh":
		err = root.GenZshCompletion(&b)
	case "fish":
		err = root.GenFishCompletion(&b, true)
	case "powershell":
		err = root.GenPowerShellCompletionWithDesc(&b)
	default:
		return &usageError{fmt.Sprintf("no completion for %q; there is one for %s", args[0], strings.Join(shells, ", "))}
	}
	if err != nil {
		return err
	}
	return printText(env, b.String())
}

// asksForCompletion reports whether it is a script of runCompletion that calls.
func asksForCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// complete answers a script. Nothing that it is asked about is done, looked up or opened.
func complete(ctx context.Context, env *Env, args []string) error {
	if len(args) == 1 {
		args = append(args, "")
	}
	root := completionTree(env.commands, args[1:])
	root.SetArgs(args)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	return root.ExecuteContext(ctx)
}

// completionTree makes commands of cobra out of the tables. words are those of the command line
// up to the one that is to be completed; nil: they do not matter.
func completionTree(commands []command, words []string) *cobra.Command {
	root := &cobra.Command{
		Use: "godwit", Args: cobra.ArbitraryArgs, ValidArgsFunction: completeArgs,
		SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) {},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	negative := len(words) > 0 && strings.HasPrefix(words[len(words)-1], "--no")
	describe(root, requestFlags, negative)
	if len(words) > 1 && !isCommand(commands, words[0]) {
		return root // a command is one as the first word only
	}
	for _, c := range commands {
		sub := &cobra.Command{
			Use: c.name, Short: c.help, Args: cobra.ArbitraryArgs, Run: root.Run,
			ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveNoFileComp
			},
		}
		switch c.name {
		case "serve":
			describe(sub, serveFlags, negative)
		case "doctor":
			describe(sub, doctorFlags(), negative)
		case "curl":
			describeCurl(sub)
		case "completion":
			sub.ValidArgs = shells
		case "help":
			sub.ValidArgs = helpTopics()
			for _, other := range commands {
				sub.ValidArgs = append(sub.ValidArgs, other.name)
			}
			root.SetHelpCommand(sub)
			continue
		}
		root.AddCommand(sub)
	}
	return root
}

func isCommand(commands []command, word string) bool {
	for _, c := range commands {
		if c.name == word {
			return true
		}
	}
	return false
}

// describe gives a command the flags of a table, which do nothing. Switches can be turned off by
// --no-NAME; unless negative is set that is not offered, or everything would be there twice.
func describe[T any](c *cobra.Command, table []flagRow[T], negative bool) {
	flags := c.Flags()
	flags.SortFlags = false
	for i := range table {
		f := &table[i]
		flag := &pflag.Flag{Name: f.name, Usage: f.oneLine(), Value: inert(f.arg)}
		if f.short != 0 {
			flag.Shorthand = string(f.short)
		}
		if f.flip != nil || f.optional {
			flag.NoOptDefVal = noArgument
		}
		flags.AddFlag(flag)
		if f.flip != nil {
			flags.AddFlag(&pflag.Flag{Name: "no-" + f.name, Usage: "not --" + f.name, Value: inert(""), NoOptDefVal: noArgument, Hidden: !negative})
			continue
		}
		values, file := f.choices()
		if f.name == "help" {
			values = helpTopics()
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		if file {
			directive = cobra.ShellCompDirectiveDefault
		}
		// The error would say that it is done twice.
		_ = c.RegisterFlagCompletionFunc(f.name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return values, directive
		})
	}
}

// describeCurl gives a command curl's flags. Their arguments may be files, as their URLs may be.
func describeCurl(c *cobra.Command) {
	c.ValidArgsFunction = nil
	c.Flags().SortFlags = false
	for _, f := range curl.Flags() {
		flag := &pflag.Flag{Name: f.Name, Value: inert("")}
		if f.Short != 0 && c.Flags().ShorthandLookup(string(f.Short)) == nil {
			flag.Shorthand = string(f.Short)
		}
		if f.Arg {
			flag.Value = inert("ARG")
		} else {
			flag.NoOptDefVal = noArgument
		}
		c.Flags().AddFlag(flag)
	}
}

// An inert value takes whatever it is given.
type inert string

func (inert) Set(string) error { return nil }
func (inert) String() string   { return "" }

// Type says to cobra that a flag may be given several times.
func (v inert) Type() string {
	if v == "" {
		return "bool"
	}
	return "stringArray"
}

var methods = []string{
	"GET\task for it", "POST\tsend it there", "PUT\tput it there", "PATCH\talter it", "DELETE\tremove it",
	"HEAD\task for the head alone", "OPTIONS\task what can be done", "QUERY\task with a body",
}

// Names of header fields, and of some also values, that people type.
var (
	headerNames = []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection", "Content-Encoding",
		"Content-Language", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "Idempotency-Key", "If-Match",
		"If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Last-Event-ID", "Origin", "Prefer",
		"Range", "Referer", "TE", "Trailer", "Upgrade", "User-Agent", "X-Forwarded-For", "X-Request-ID",
	}
	mediaTypes = []string{
		"application/json", "application/x-www-form-urlencoded", "application/xml", "application/octet-stream",
		"application/problem+json", "multipart/form-data", "text/csv", "text/event-stream", "text/html", "text/plain",
	}
)

// completeArgs completes the method, and items behind the URL.
func completeArgs(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	urlAt := 0
	if len(args) > 0 && isMethodName(args[0]) {
		urlAt = 1
	}
	switch {
	case len(args) == 0:
		return withPrefix(methods, word), cobra.ShellCompDirectiveNoFileComp
	case len(args) <= urlAt:
		return nil, cobra.ShellCompDirectiveNoFileComp // the URL
	case strings.HasSuffix(args[len(args)-1], "@"):
		return nil, cobra.ShellCompDirectiveDefault // bash begins a new word behind an @
	}
	if name, path, ok := strings.Cut(word, "@"); ok {
		return filesFor(name+"@", path), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	if name, _, ok := strings.Cut(word, ":"); ok {
		if strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Accept") {
			var all []string
			for _, m := range mediaTypes {
				all = append(all, name+":"+m)
			}
			return withPrefix(all, word), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, n := range headerNames {
		if word != "" && word == strings.ToLower(word) {
			n = strings.ToLower(n)
		}
		names = append(names, n+":")
	}
	return withPrefix(names, word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// isMethodName is what the command takes for a method: letters alone.
func isMethodName(word string) bool {
	return word != "" && strings.IndexFunc(word, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

func withPrefix(all []string, word string) (some []string) {
	for _, s := range all {
		if strings.HasPrefix(s, word) {
			some = append(some, s)
		}
	}
	return some
}

// isForShells reports whether a shell may make more of a character than itself. bash takes what we
// offer as if somebody had typed it, and looks into that at the next tab: a file that a server has
// named must not be able to run anything.
func isForShells(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune("$`\"'\\()[]{}<>|&;*?!#~", r)
}

// filesFor lists the files whose path begins so, each behind the prefix.
func filesFor(prefix, path string) (some []string) {
	const most = 1000 // that anybody would look at
	folder, begin := filepath.Split(path)
	where := folder
	if where == "" {
		where = "."
	}
	f, err := os.Open(where)
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(most)
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, begin) || begin == "" && strings.HasPrefix(name, ".") || strings.ContainsFunc(name, isForShells) {
			continue
		}
		if e.IsDir() {
			name += string(filepath.Separator)
		}
		some = append(some, prefix+folder+name)
	}
	return some
}
