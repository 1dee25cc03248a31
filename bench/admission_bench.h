// What admission adds to the time that somebody waits at `kubectl apply`.
#pragma once

#include <string>
#include <vector>

#include "figures.h"

namespace freehold::bench {

/// Runs a script with the cluster's administrator as KUBECONFIG; throws when it fails.
std::string Shell(const std::string& script);
/// Installs the chart with more values ("a=b,c=d"), without a controller.
void Install(const std::string& values);

/// Times of one way to do a thing.
struct Times {
  std::string who;
  std::vector<Seconds> each;
};
/// A Markdown table of percentiles in milliseconds, and the ratios of the last to the first.
std::string Latencies(const std::string& title, const std::vector<Times>&);

/// Creates of Pods that name a credential they may use, with and without the chart's policies.
void MeasurePods(int count);

/// Reviews at `rate` a second with so many ServiceDatabases in the cluster, beside a server that says yes at once; and
/// creates of ServiceDatabases with and without the webhook. `self` is this program: it runs that server.
void MeasureReviews(const std::string& self, int databases, int rate);
/// That server: writes its authority to the file and answers until it is killed.
void RunYesServer(int port, const std::string& authority_file);

}  // namespace freehold::bench
