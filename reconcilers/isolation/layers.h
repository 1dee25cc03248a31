// What is written inside a value: many a copy of a credential is wrapped before it is stored.
#pragma once

#include <functional>
#include <string_view>

namespace freehold::isolation {

/// Calls `visit` with the value itself, then with what every run of base64 in it stands for (standard or URL alphabet,
/// with or without padding, broken into lines or not, of at least 43 characters) and with what gzip makes of it, and
/// with what is inside these: three wrappings deep, as in the Secret in which Helm keeps a release. Of gzip no more
/// than 16 MiB is unpacked. A run is read from four places, since it may begin with what isn't part of it, so `visit`
/// gets noise as well. What it gets is valid during the call only. Pure.
void EachLayer(std::string_view value, const std::function<void(std::string_view)>& visit);

}  // namespace freehold::isolation
