#include <iostream>
#include <memory>
#include <sstream>

#include "commands/command.h"

namespace freehold::commands {
namespace {

/// "command:--flag --flag" for every visible subcommand.
struct Words {
  std::string commands;
  std::string cases;
};

Words WordsOf(const CLI::App& app) {
  Words words;
  std::ostringstream cases;
  for (const auto* command : app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); })) {
    words.commands += (words.commands.empty() ? "" : " ") + command->get_name();
    cases << "    " << command->get_name() << ") words='";
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) cases << "--" << name << " ";
    }
    cases << "' ;;\n";
  }
  words.cases = cases.str();
  return words;
}

std::string Bash(const Words& words) {
  return "# bash completion of freehold: source it, or put it into /etc/bash_completion.d/\n"
         "_freehold() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         words.commands +
         "' -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         words.cases +
         "    *) words= ;;\n"
         "  esac\n"
         "  case $current in\n"
         "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -F _freehold freehold kubectl-freehold\n";
}

std::string Zsh(const Words& words) {
  return "#compdef freehold kubectl-freehold\n"
         "_freehold() {\n"
         "  local words\n"
         "  if (( CURRENT == 2 )); then\n"
         "    compadd -- " +
         words.commands +
         "\n"
         "    return\n"
         "  fi\n"
         "  case ${words[2]:-$service} in\n" +
         words.cases +
         "  esac\n"
         "  [[ $PREFIX == -* ]] && compadd -- ${=words} || _files\n"
         "}\n"
         "compdef _freehold freehold kubectl-freehold\n";
}

}  // namespace

Run AddCompletion(CLI::App& app) {
  auto* command = app.add_subcommand("completion", "Print the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  return [&app, shell] {
    const Words words = WordsOf(app);
    std::cout << (*shell == "bash" ? Bash(words) : Zsh(words));
    return Ending::kHolds;
  };
}

}  // namespace freehold::commands
