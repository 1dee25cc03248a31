#include "reconcilers/engines/postgres/look.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace freehold::engines::postgres {
namespace {

std::string Braced(const std::string& members) { return "{" + members + "}"; }

void AddMember(std::string& members, const std::string& key, const std::string& json) {
  members += (members.empty() ? "\"" : ",\"") + key + "\":" + json;
}

}  // namespace

Questions Joined(std::vector<Questions> parts) {
  Questions all;
  for (auto& part : parts) std::ranges::move(part, std::back_inserter(all));
  return all;
}

Questions In(const std::string& section, Questions questions) {
  for (auto& question : questions) question.section = section;
  return questions;
}

Result<std::vector<Answer>> AskAll(Connection& connection, const Questions& questions) {
  std::vector<std::string> texts;
  for (const auto& question : questions) texts.push_back(question.text);
  auto replies = connection.AskAll(texts);
  if (!replies) return std::unexpected(replies.error());
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].key.empty()) continue;
    auto& json = (*replies)[i];
    answers.push_back({questions[i].key, json.empty() ? "null" : std::move(json), questions[i].section});
  }
  return answers;
}

std::string Document(const std::vector<Answer>& answers) {
  std::map<std::string, std::string> sections;
  for (const auto& answer : answers) AddMember(sections[answer.section], answer.key, answer.json);
  auto members = std::move(sections[""]);
  sections.erase("");
  for (const auto& [name, section] : sections) AddMember(members, name, Braced(section));
  return Braced(members);
}

}  // namespace freehold::engines::postgres
