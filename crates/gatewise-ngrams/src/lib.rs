//! Classes of texts without a network: TF-IDF of character n-grams and logistic regression.
//!
//! A [`Tfidf`] makes a sparse row of a text: how often each of its runs of one to four characters occurs, weighted by how rare it is among the
//! texts learned from. A [`Logistic`] regression on such rows names the class. On short texts the pair is hard to beat (S. Wang and C. Manning,
//! "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", ACL 2012), in any script, without words being told apart.
//! Both depend on their input and the draws that the caller hands in alone, and give the same bits whatever the number of threads.
#![forbid(unsafe_code)]

mod grams;
mod logistic;
mod tfidf;

pub use grams::{BUCKETS, LONGEST, buckets};
pub use logistic::{Logistic, Rows};
pub use tfidf::{Entry, Tfidf};
