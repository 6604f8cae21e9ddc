// Streaming steps of one RTNeural layer. Prints milliseconds a step, over blocks of steps, as JSON; the argument is how many seconds to measure for.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "RTNeural/RTNeural.h"

namespace {
constexpr int steps = 1000;
// The inputs of a step begin on a vector, as RTNeural wants them.
constexpr int stride = (INPUT + 15) / 16 * 16;
std::mt19937 generator(1);

std::vector<std::vector<float>> draw(int rows, int columns)
{
    std::uniform_real_distribution<float> uniform(-0.1f, 0.1f);
    std::vector<std::vector<float>> matrix(rows, std::vector<float>(columns));
    for (auto& row : matrix)
        std::generate(row.begin(), row.end(), [&] { return uniform(generator); });
    return matrix;
}
}

int main(int, char** arguments)
{
    using clock = std::chrono::steady_clock;
    static RTNeural::ModelT<float, INPUT, HIDDEN, RTNeural::LAYER<float, INPUT, HIDDEN>> model;
    auto& layer = model.template get<0>();
    layer.setWVals(draw(INPUT, GATES * HIDDEN));
    layer.setUVals(draw(HIDDEN, GATES * HIDDEN));
#if GATES == 4
    layer.setBVals(draw(1, GATES * HIDDEN)[0]);
#else
    layer.setBVals(draw(2, GATES * HIDDEN));
#endif
    model.reset();

    std::vector<float> storage(steps * stride + 16);
    auto* x = reinterpret_cast<float*>((reinterpret_cast<std::uintptr_t>(storage.data()) + 63) / 64 * 64);
    const auto values = draw(1, steps * stride)[0];
    std::copy(values.begin(), values.end(), x);

    for (int step = 0; step < steps; ++step)
        model.forward(x + step * stride);

    std::vector<double> milliseconds;
    volatile float sink = 0.0f;
    const auto end = clock::now() + std::chrono::duration<double>(std::atof(arguments[1]));
    while (milliseconds.size() < 5 || clock::now() < end) {
        const auto start = clock::now();
        for (int step = 0; step < steps; ++step)
            model.forward(x + step * stride);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(clock::now() - start).count() / steps);
        sink = sink + model.getOutputs()[0];
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("{\"median_ms\": %.9f, \"min_ms\": %.9f, \"runs\": %zu}\n", milliseconds[milliseconds.size() / 2], milliseconds[0],
                milliseconds.size() * steps);
}
