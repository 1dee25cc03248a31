// Client and watcher, over real connections, against an API server that misbehaves.
#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>

#include "operator/http/cpprest_transport.h"
#include "operator/kube/credentials.h"
#include "operator/kube/rest_client.h"
#include "operator/kube/watcher.h"
#include "tests/unit/hostile_server.h"
#include "tests/unit/manual_clock.h"

namespace freehold::kube {
namespace {

using base::FailureClass;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

const ResourceType kThings{"example.dev", "v1", "things", "Thing", true};

struct Thing {
  ObjectMeta meta;
};

base::Result<Thing> ParseThing(const Json& json) {
  auto meta = ParseMeta(json);
  if (!meta) return std::unexpected(meta.error());
  return Thing{std::move(*meta)};
}

std::string Object(const std::string& name, const std::string& version) {
  return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + version + R"(","uid":"u"}})";
}

std::string Event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string List(const std::string& items, const std::string& version) {
  return R"({"kind":"ThingList","metadata":{"resourceVersion":")" + version + R"("},"items":[)" + items + "]}";
}

class Hostile : public testing::Test {
 protected:
  void Serve(HostileServer::Script script) {
    server = std::make_unique<HostileServer>(std::move(script));
    const auto transport = *http::MakeTransport({.url = server->Url(), .credentials = MakeFileCredentials({}, clock)});
    client = std::make_unique<RestClient>(transport, transport, RestSettings{.deadline = 2s});
  }

  /// Lists one object "a" at version 1; what follows each watch request is the script's.
  void ServeWatches(std::function<void(Peer&, int watch)> script) {
    Serve([this, script](Peer& peer) {
      while (true) {
        const std::string request = peer.ReadRequest();
        if (request.empty()) return;
        if (!request.contains("watch=true")) {
          if (!peer.Reply(200, List(Object("a", "1"), "1"))) return;
          continue;
        }
        {
          const std::lock_guard lock(mutex);
          const auto from = request.find("resourceVersion=") + 16;
          versions.push_back(request.substr(from, request.find('&', from) - from));
        }
        peer.BeginChunks();
        script(peer, ++watches);
        return;
      }
    });
    WatchSettings settings{.type = kThings, .streaming_lists = false};
    settings.pauses = {.first = 1ms, .longest = 5ms};
    watcher = std::make_unique<Watcher<Thing>>(*client, settings, store, &ParseThing,
                                               [this](const Name& name, ObjectChange change, bool) {
                                                 static constexpr const char* kSigns[] = {"+", "~", "-"};
                                                 const std::lock_guard lock(mutex);
                                                 told.push_back(kSigns[static_cast<int>(change)] + name.name);
                                                 changed.notify_all();
                                               });
  }

  bool WaitTold(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, [&] { return told.size() >= count; });
  }

  ManualClock clock;
  Store<Thing> store;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> told;
  std::vector<std::string> versions;
  std::atomic<int> watches = 0;
  std::unique_ptr<HostileServer> server;
  std::unique_ptr<RestClient> client;
  std::unique_ptr<Watcher<Thing>> watcher;
};

TEST_F(Hostile, AStreamCutInALineIsResumedFromTheLastVersion) {
  ServeWatches([](Peer& peer, int watch) {
    if (watch == 1) {
      peer.Chunk(Event("ADDED", Object("b", "5")));
      peer.Chunk(Event("ADDED", Object("c", "6")).substr(0, 30));
      return;
    }
    peer.Chunk(Event("ADDED", Object("c", "6")));
    peer.WaitGone();
  });
  ASSERT_TRUE(WaitTold(3));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "+b", "+c"));
  EXPECT_THAT(versions, ElementsAre("1", "5"));
}

TEST_F(Hostile, LinesThatAreGarbageOrHugeDoNotEndTheWatcher) {
  ServeWatches([](Peer& peer, int watch) {
    if (watch == 1) {
      peer.Chunk("\x01\x02 garbage\n");
      peer.WaitGone();
    } else if (watch == 2) {
      const std::string block(1024 * 1024, 'x');
      while (peer.Chunk(block)) {
      }
    } else {
      peer.Chunk(Event("ADDED", Object("b", "5")));
      peer.WaitGone();
    }
  });
  ASSERT_TRUE(WaitTold(2));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "+b"));
}

TEST_F(Hostile, ErrorEventsAndRefusalsAreSurvived) {
  ServeWatches([](Peer& peer, int watch) {
    if (watch == 1) peer.Chunk(Event("ERROR", R"({"kind":"Status","code":500,"message":"storage"})"));
    if (watch == 2) peer.Chunk(Event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})"));
    if (watch <= 2) return peer.WaitGone();
    peer.Chunk(Event("DELETED", Object("a", "9")));
    peer.WaitGone();
  });
  ASSERT_TRUE(WaitTold(2));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "-a"));
}

/// What may come instead of an answer; false: the connection ends.
struct Misfortune {
  const char* name;
  std::function<bool(Peer&)> strike;
};

const Misfortune kMisfortunes[] = {
    {"410", [](Peer& peer) { return peer.Reply(410, R"({"kind":"Status","code":410,"reason":"Expired"})"); }},
    {"429", [](Peer& peer) { return peer.Reply(429, R"({"kind":"Status","code":429})"); }},
    {"500", [](Peer& peer) { return peer.Reply(500, R"({"kind":"Status","code":500})"); }},
    {"503", [](Peer& peer) { return peer.Reply(503, "upstream connect error"); }},
    {"no answer", [](Peer&) { return false; }},
    {"half an answer", [](Peer& peer) { return peer.Send("HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{") && false; }},
    {"an ERROR event",
     [](Peer& peer) {
       return peer.BeginChunks() && peer.Chunk(Event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})")) &&
              false;
     }},
    {"an event twice",
     [](Peer& peer) {
       return peer.BeginChunks() && peer.Chunk(Event("ADDED", Object("c", "3"))) &&
              peer.Chunk(Event("ADDED", Object("c", "3"))) && false;
     }},
    {"events out of order",
     [](Peer& peer) {
       return peer.BeginChunks() && peer.Chunk(Event("DELETED", Object("a", "4"))) &&
              peer.Chunk(Event("ADDED", Object("c", "3"))) && false;
     }},
};

/// A list of two pages at version 2, then two events, of which each request gets as many as are left.
bool AnswerWell(Peer& peer, const std::string& request) {
  if (!request.contains("watch=true")) {
    if (request.contains("continue=")) return peer.Reply(200, List(Object("b", "2"), "2"));
    return peer.Reply(200, R"({"kind":"ThingList","metadata":{"resourceVersion":"2","continue":"more"},"items":[)" +
                               Object("a", "1") + "]}");
  }
  const auto at = request.find("resourceVersion=");
  const int version = std::atoi(request.c_str() + at + 16);
  if (!peer.BeginChunks()) return false;
  if (version < 3 && !peer.Chunk(Event("ADDED", Object("c", "3")))) return false;
  if (version < 4 && !peer.Chunk(Event("DELETED", Object("a", "4")))) return false;
  peer.WaitGone();
  return false;
}

TEST_F(Hostile, WhateverMeetsAnyRequestTheCacheComesToHoldWhatIsThere) {
  constexpr int kRequests = 4;
  for (const auto& misfortune : kMisfortunes) {
    for (int struck = 1; struck <= kRequests; ++struck) {
      SCOPED_TRACE(std::string(misfortune.name) + " at request " + std::to_string(struck));
      // The server ends with the next one: what it does may outlive this round.
      const auto requests = std::make_shared<std::atomic<int>>(0);
      Serve([&misfortune, struck, requests](Peer& peer) {
        for (auto request = peer.ReadRequest(); !request.empty(); request = peer.ReadRequest()) {
          if (!(++*requests == struck ? misfortune.strike(peer) : AnswerWell(peer, request))) return;
        }
      });
      Store<Thing> seen;
      WatchSettings settings{.type = kThings, .streaming_lists = false};
      settings.pauses = {.first = 1ms, .longest = 5ms};
      const Watcher<Thing> whole(*client, settings, seen, &ParseThing, [this](const Name&, ObjectChange, bool) {
        const std::lock_guard lock(mutex);
        changed.notify_all();
      });
      std::unique_lock lock(mutex);
      EXPECT_TRUE(changed.wait_for(lock, 20s, [&] {
        return seen.All().size() == 2 && seen.Find({"", "b"}) && seen.Find({"", "c"});
      }));
    }
  }
}

TEST_F(Hostile, AnApiServerThatIsDownAtFirstIsFoundLater) {
  Serve([asked = std::make_shared<std::atomic<int>>(0)](Peer& peer) {
    while (!peer.ReadRequest().empty()) {
      if (++*asked <= 3) {
        peer.Reply(503, R"({"kind":"Status","message":"starting"})");
      } else {
        peer.Reply(200, List(Object("a", "1"), "1"));
      }
    }
  });
  WatchSettings settings{.type = kThings, .streaming_lists = false};
  settings.pauses = {.first = 1ms, .longest = 5ms};
  const Watcher<Thing> patient(*client, settings, store, &ParseThing, {});
  EXPECT_TRUE(patient.WaitSynced(20s));
  EXPECT_NE(store.Find({"", "a"}), nullptr);
}

TEST_F(Hostile, BusyServersAreHeard) {
  Serve([](Peer& peer) {
    while (!peer.ReadRequest().empty()) {
      peer.Reply(429, R"({"kind":"Status","message":"too many"})", "Retry-After: 3\r\n");
    }
  });
  const auto refused = client->Get(kThings, {"", "a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "TooManyRequests");
  EXPECT_EQ(refused.error().after, 3s);
}

TEST_F(Hostile, WritesWithoutReplyAreInDoubtAndUnsentOnesAreNot) {
  Serve([](Peer& peer) { peer.ReadRequest(); });
  const auto lost = client->Create(kThings, "", Json{{"metadata", {{"name", "a"}}}});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, FailureClass::kInDoubt);
  EXPECT_EQ(lost.error().reason, "ApiReplyLost");
  EXPECT_THAT(lost.error().message, HasSubstr("create things a: "));
  server.reset();
  const auto unsent = client->Create(kThings, "", Json{{"metadata", {{"name", "a"}}}});
  ASSERT_FALSE(unsent);
  EXPECT_EQ(unsent.error().kind, FailureClass::kRetryable);
  EXPECT_EQ(unsent.error().reason, "ApiUnreachable");
}

TEST_F(Hostile, ASlowServerHoldsNobodyLongerThanTheDeadline) {
  Serve([](Peer& peer) { peer.WaitGone(); });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(client->Get(kThings, {"", "a"}));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

}  // namespace
}  // namespace freehold::kube
