//! Building ONNX models in memory.

use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, tensor_shape_proto::Dimension,
    tensor_shape_proto::dimension::Value as Dim, type_proto,
};

/// A model under construction; the first input is `x`, nodes are `n0`, `n1`, ..
#[derive(Clone)]
pub struct Model {
    proto: ModelProto,
    seed: u64,
    pub last: String,
}

impl Model {
    pub fn new() -> Self {
        let graph = GraphProto {
            name: "test".into(),
            ..Default::default()
        };
        let mut model = Model {
            proto: ModelProto {
                ir_version: 8,
                opset_import: vec![OperatorSetIdProto {
                    domain: String::new(),
                    version: 13,
                }],
                graph: Some(graph),
                ..Default::default()
            },
            seed: 7,
            last: "x".into(),
        };
        model.input_dims(&[1, 3, 32, 32]);
        model
    }

    pub fn proto(&mut self) -> &mut ModelProto {
        &mut self.proto
    }

    fn graph(&mut self) -> &mut GraphProto {
        self.proto.graph.as_mut().unwrap()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut proto = self.proto.clone();
        let graph = proto.graph.as_mut().unwrap();
        graph.output = vec![ValueInfoProto {
            name: self.last.clone(),
            ..Default::default()
        }];
        proto.encode_to_vec()
    }

    pub fn input_dims(&mut self, dims: &[i64]) {
        let dim = dims
            .iter()
            .map(|&d| Dimension {
                denotation: String::new(),
                value: Some(Dim::DimValue(d)),
            })
            .collect();
        self.graph().input = vec![ValueInfoProto {
            name: "x".into(),
            r#type: Some(TypeProto {
                denotation: String::new(),
                value: Some(type_proto::Value::TensorType(type_proto::Tensor {
                    elem_type: 1,
                    shape: Some(TensorShapeProto { dim }),
                })),
            }),
            ..Default::default()
        }];
    }

    pub fn output(&mut self, name: &str) {
        self.last = name.into();
    }

    fn tensor(&mut self, name: &str, dims: &[i64], data_type: i32) -> &mut TensorProto {
        let graph = self.graph();
        graph.initializer.push(TensorProto {
            name: name.into(),
            dims: dims.to_vec(),
            data_type,
            ..Default::default()
        });
        graph.initializer.last_mut().unwrap()
    }

    pub fn floats(&mut self, name: &str, dims: &[i64], values: &[f32]) {
        self.tensor(name, dims, 1).float_data = values.to_vec();
    }

    pub fn ints(&mut self, name: &str, dims: &[i64], values: &[i64]) {
        self.tensor(name, dims, 7).int64_data = values.to_vec();
    }

    pub fn ints32(&mut self, name: &str, dims: &[i64], values: &[i32]) {
        self.tensor(name, dims, 6).int32_data = values.to_vec();
    }

    pub fn bytes_tensor(&mut self, name: &str, dims: &[i64], data_type: i32, values: Vec<u8>) {
        self.tensor(name, dims, data_type).raw_data = values;
    }

    pub fn bytes_of(&mut self, name: &str, dims: &[i64], values: &[u8]) {
        self.bytes_tensor(name, dims, 2, values.to_vec());
    }

    pub fn signed_bytes(&mut self, name: &str, dims: &[i64], values: &[i8]) {
        self.bytes_tensor(name, dims, 3, values.iter().map(|&v| v as u8).collect());
    }

    /// A number in -1..1.
    fn number(&mut self) -> f32 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// Weights that keep activations of about one size.
    pub fn random(&mut self, name: &str, dims: &[i64]) {
        let fan_in: i64 = if dims.len() == 4 {
            dims[1..].iter().product()
        } else {
            dims[0]
        };
        let size: i64 = dims.iter().product();
        let factor = 2.0 / (fan_in as f32).sqrt();
        let values: Vec<f32> = (0..size).map(|_| factor * self.number()).collect();
        self.floats(name, dims, &values);
    }

    /// `attributes`: `name=int`, `name=int,int`, `name=1.5`, `name=TEXT`, separated by spaces.
    pub fn op(&mut self, op: &str, inputs: &[&str], attributes: &str) -> String {
        let name = format!("n{}", self.graph().node.len());
        let attribute = attributes.split_whitespace().map(parse_attribute).collect();
        self.graph().node.push(NodeProto {
            name: name.clone(),
            op_type: op.into(),
            input: inputs.iter().map(|s| s.to_string()).collect(),
            output: vec![name.clone()],
            attribute,
            ..Default::default()
        });
        self.last = name.clone();
        name
    }

    pub fn conv(
        &mut self,
        x: &str,
        out: i64,
        per_group: i64,
        kernel: [i64; 2],
        more: &str,
    ) -> String {
        let id = self.graph().node.len();
        let (w, b) = (format!("w{id}"), format!("b{id}"));
        self.random(&w, &[out, per_group, kernel[0], kernel[1]]);
        self.random(&b, &[out]);
        let more = format!("{more} kernel_shape={},{}", kernel[0], kernel[1]);
        self.op("Conv", &[x, &w, &b], &more)
    }

    pub fn gemm(&mut self, x: &str, inputs: usize, outputs: usize) -> String {
        let id = self.graph().node.len();
        let (w, b) = (format!("w{id}"), format!("b{id}"));
        self.random(&w, &[inputs as i64, outputs as i64]);
        self.random(&b, &[outputs as i64]);
        self.op("Gemm", &[x, &w, &b], "")
    }

    /// Replaces the last dense layer's outputs.
    pub fn classes(&mut self, outputs: usize) {
        let node = self.graph().node.pop().unwrap();
        let inputs = self
            .graph()
            .initializer
            .iter()
            .find(|t| t.name == node.input[1]);
        let inputs = inputs.unwrap().dims[0] as usize;
        self.graph()
            .initializer
            .retain(|t| !node.input[1..].contains(&t.name));
        self.gemm(&node.input[0], inputs, outputs);
    }

    pub fn batch_norm(&mut self, x: &str, channels: usize) -> String {
        let id = self.graph().node.len();
        let names = ["g", "h", "m", "v"].map(|p| format!("{p}{id}"));
        for (p, name) in names.iter().enumerate() {
            let values: Vec<f32> = (0..channels)
                .map(|_| 0.3 * self.number() + if p % 3 == 0 { 1.0 } else { 0.0 })
                .collect();
            self.floats(name, &[channels as i64], &values);
        }
        self.op(
            "BatchNormalization",
            &[x, &names[0], &names[1], &names[2], &names[3]],
            "epsilon=0.001",
        )
    }

    pub fn relu(&mut self, x: &str) -> String {
        self.op("Relu", &[x], "")
    }

    pub fn clip(&mut self, x: &str, lo: f32, hi: f32) -> String {
        let id = self.graph().node.len();
        let names = [format!("lo{id}"), format!("hi{id}")];
        self.floats(&names[0], &[], &[lo]);
        self.floats(&names[1], &[], &[hi]);
        self.op("Clip", &[x, &names[0], &names[1]], "")
    }

    pub fn global_average(&mut self, x: &str) -> String {
        self.op("GlobalAveragePool", &[x], "")
    }

    pub fn flatten(&mut self, x: &str) -> String {
        self.op("Flatten", &[x], "axis=1")
    }
}

pub fn parse_attribute(text: &str) -> AttributeProto {
    let (name, value) = text.split_once('=').unwrap();
    let mut attribute = AttributeProto {
        name: name.into(),
        ..Default::default()
    };
    // Types as in onnx.proto: 1 float, 2 int, 3 string, 7 ints.
    if value.contains(',') {
        attribute.ints = value.split(',').map(|v| v.parse().unwrap()).collect();
        attribute.r#type = 7;
    } else if let Ok(int) = value.parse() {
        attribute.i = int;
        attribute.r#type = 2;
    } else if let Ok(float) = value.parse() {
        attribute.f = float;
        attribute.r#type = 1;
    } else {
        attribute.s = value.as_bytes().to_vec();
        attribute.r#type = 3;
    }
    attribute
}

/// Convolution, batch norm, a residual block, pooling and five classes.
pub fn cnn() -> Model {
    let mut m = Model::new();
    let x = m.conv("x", 8, 3, [3, 3], "strides=2,2 pads=1,1,1,1");
    let x = m.batch_norm(&x, 8);
    let skip = m.relu(&x);
    let x = m.conv(&skip, 8, 8, [3, 3], "pads=1,1,1,1");
    let x = m.batch_norm(&x, 8);
    let x = m.op("Add", &[&x, &skip], "");
    let x = m.relu(&x);
    let x = m.global_average(&x);
    let x = m.flatten(&x);
    m.gemm(&x, 8, 5);
    m
}
