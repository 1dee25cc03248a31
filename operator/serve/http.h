// What a server's handlers see of HTTP.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace freehold::serve {

struct Request {
  std::string method;        ///< "GET"
  std::string path;          ///< "/readyz", as sent, without the query
  std::string query;         ///< "verbose", as sent
  std::string content_type;  ///< empty when none was named
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::map<std::string, std::string> headers;  ///< besides those that every response has
};

/// Runs on the server's one thread, where every other request waits for it: it must be quick and not wait for anything.
/// An exception becomes a plain 500 and a line in the log.
using Handler = std::function<Response(const Request&)>;

/// Which handler answers what. Not thread-safe; complete before the server starts.
class Routes {
 public:
  /// Requests for exactly `path` with `method` go to `handler`. A GET route answers HEAD as well.
  void Add(const std::string& method, const std::string& path, Handler handler);

  /// 404 where there is no such path; 405 where it doesn't know the method; 500 where the handler threw.
  Response Answer(const Request& request) const;

 private:
  std::map<std::string, std::map<std::string, Handler>, std::less<>> by_path_;
};

}  // namespace freehold::serve
